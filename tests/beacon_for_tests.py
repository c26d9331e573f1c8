"""A toy family with the spaces of roads: a point that steers to a beacon, which it sees in an image and in a vector.

The expert is linear, action = offset of the beacon, so that it is known what a learner should come to.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from envs.core.arguments import check_types
from envs.core.batched import WorldVectorEnv
from envs.core.levels import procedural_levels
from envs.core.single import WorldEnv
from envs.core.worlds import NEXT_STEP, StepOutput, Worlds

ENTRY = "beacon_for_tests:BeaconWorlds"
ROWS, COLS, EXTENT, HORIZON = 24, 16, 1.25, 4
MOVES = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
"""Of `meta` actions."""
POSES = np.linspace(1, HORIZON, HORIZON)[:, None] / HORIZON * np.array([1.0, 1.0, 0.0]) + np.array([0.0, 0.0, 0.5])
"""The expert's trajectory is offset x, y, y times these."""


@dataclass(frozen=True, kw_only=True)
class BeaconConfig:
    """What is observed, and how actions are given."""

    observe: tuple[str, ...] = ("occupancy", "ego", "route")
    action: str = "continuous"
    max_steps: int = 12
    split: str = "train"
    num_levels: int | None = None

    def __post_init__(self) -> None:
        check_types(self)


class BeaconState(NamedTuple):
    offset: np.ndarray  # float64 [world 2], where the beacon is, seen from the point
    last: np.ndarray  # float64 [world 2], the last move
    steps: np.ndarray  # int64 [world]
    seed: np.ndarray  # int64 [world]
    episode: np.ndarray  # int64 [world]


class BeaconWorlds(Worlds):
    """Reach the beacon; actions are moves, trajectories whose first pose is the move, or one of five moves."""

    Config = BeaconConfig
    reward_names = ("nearer",)
    metric_names = ("success", "score", "length")

    def __init__(self, num_worlds: int, num_agents: int, num_threads: int = 1, **arguments: Any) -> None:
        self.config = BeaconConfig(**arguments)
        self.num_worlds, self.num_agents, self.channels = num_worlds, num_agents, ("beacon", "nothing", "point")
        self.levels = procedural_levels(self.config.split, self.config.num_levels)
        kinds = {
            "occupancy": spaces.Box(0, 255, (3, ROWS, COLS), np.uint8),
            "ego": spaces.Box(-1.0, 1.0, (2,), np.float32),
            "route": spaces.Box(-20.0, 20.0, (1, 2), np.float32),
        }
        self.observation_space = spaces.Dict([(key, kinds[key]) for key in self.config.observe])
        self.action_space = {
            "continuous": spaces.Box(-1.0, 1.0, (2,), np.float32),
            "trajectory": spaces.Box(-2.0, 2.0, (HORIZON, 3), np.float32),
            "meta": spaces.Discrete(len(MOVES)),
        }[self.config.action]
        zeros = np.zeros(num_worlds, np.int64)
        self.state = BeaconState(
            np.zeros((num_worlds, 2)), np.zeros((num_worlds, 2)), zeros.copy(), zeros.copy(), zeros - 1
        )
        self.level = zeros.copy()
        self.output = StepOutput(
            np.zeros((num_worlds, 1)),
            np.zeros((num_worlds, 1, 1)),
            np.zeros((num_worlds, 1), np.uint8),
            np.zeros((num_worlds, 1), np.uint8),
            np.ones(num_worlds, np.uint8),
            np.full((num_worlds, 1, 3), np.nan),
        )

    def set_seeds(self, seeds, chosen):
        self.state.seed[chosen] = seeds[chosen].astype(np.int64)
        self.state.episode[chosen] = -1

    def begin(self, chosen, levels):
        state = self.state
        for w in np.flatnonzero(chosen):
            state.episode[w] += 1
            drawn = np.random.default_rng((state.seed[w], state.episode[w])).integers(self.levels.count)
            self.level[w] = levels[w] if levels[w] >= 0 else self.levels.low + drawn
            state.offset[w] = np.random.default_rng(self.level[w]).uniform(-1.0, 1.0, 2)
            state.last[w], state.steps[w], self.output.is_over[w] = 0.0, 0, 0

    def step(self, actions, autoreset=0):
        was_over = self.output.is_over.astype(bool)
        if autoreset == NEXT_STEP and was_over.any():
            self.begin(was_over, np.full(self.num_worlds, -1))
        state, output = self.state, self.output
        move = self._moves(actions[:, 0]) * ~was_over[:, None]
        before = np.linalg.norm(state.offset, axis=1)
        state.offset[:] -= 0.5 * move
        state.last[:], state.steps[:] = move, state.steps + ~was_over
        after = np.linalg.norm(state.offset, axis=1)
        output.reward[:, 0] = output.reward_terms[:, 0, 0] = before - after
        arrived = after < 0.1
        output.terminated[:, 0] = arrived & ~was_over
        output.truncated[:, 0] = ~arrived & ~was_over & (state.steps >= self.config.max_steps)
        output.is_over[:] = output.terminated[:, 0] | output.truncated[:, 0]
        output.metrics[:, 0] = np.stack([arrived, np.exp(-after), state.steps], axis=1)

    def _moves(self, actions):
        if self.config.action == "meta":
            return 0.15 * MOVES[actions]
        return np.clip(actions[:, 0, :2] * HORIZON, -1, 1) if self.config.action == "trajectory" else actions

    def check_actions(self, actions, shape):
        array = np.asarray(actions, self.action_space.dtype)
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"Actions: expected finite numbers of shape {shape}, got {actions!r}.")
        return array

    def observation(self):
        row, col = (np.linspace(EXTENT, -EXTENT, count) for count in (ROWS, COLS))
        x, y = self.state.offset[:, :1, None], self.state.offset[:, 1:, None]
        image = np.zeros((self.num_worlds, 3, ROWS, COLS), np.uint8)
        image[:, 0][(row[:, None] - x) ** 2 + (col - y) ** 2 < 0.1] = 255
        image[:, 2, ROWS // 2, COLS // 2] = 255
        found = {
            "occupancy": image,
            "ego": self.state.last.astype(np.float32),
            "route": self.state.offset[:, None].astype(np.float32),
        }
        return {key: found[key][:, None] for key in self.config.observe}

    def oracle_action(self):
        offset = np.clip(self.state.offset, -1.0, 1.0)
        if self.config.action == "meta":
            return (offset @ MOVES.T).argmax(axis=1)[:, None]
        if self.config.action == "trajectory":
            return (offset[:, None, [0, 1, 1]] * POSES)[:, None].astype(np.float32)
        return offset[:, None].astype(np.float32)

    def driver_action(self, name):
        """As roads have it: nothing, half of what the expert does, or an error."""
        shares = {"constant-velocity": 0.0, "idm": 0.5}
        if name not in shares:
            raise ValueError(f"Driver {name!r} needs recorded tracks.")
        return (shares[name] * self.oracle_action()).astype(self.action_space.dtype)

    def get_state(self):
        return BeaconState(*(part.copy() for part in self.state))

    def set_state(self, state):
        self.state = BeaconState(*(part.copy() for part in state))
        self.output.is_over[:] = 0

    def live_agents(self):
        return self.output.is_over[:, None] == 0

    def render(self, world, agent, overlay, caption):
        return np.zeros((8, 8, 3), np.uint8)


def open_beacon(num_envs: int | None = None, **arguments: Any) -> Any:
    """The toy: single, or a native batch."""
    return WorldEnv(ENTRY, **arguments) if num_envs is None else WorldVectorEnv(ENTRY, num_envs, **arguments)
