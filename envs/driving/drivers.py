"""Drivers who see the state: the oracle, and what every learner should be compared with."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from envs.core.naming import check_known
from envs.driving.state import new_scratch, new_state
from envs.kernels.bundles import bundle
from envs.kernels.road_drivers import coast_agents, obey_agents, replay_agents
from envs.kernels.road_forecast import FORECAST_COLUMNS, FORECAST_STEPS
from envs.kernels.road_oracle import NUM_PLACES, PROPOSALS, advise_agents
from envs.kernels.road_proposals import DRIVE_COLUMNS, PROFILE_POINTS

DRIVERS = ("oracle", "idm", "constant-velocity", "log-replay")
"""Names; `log-replay` drives in recordings alone."""


class PlanScratch(NamedTuple):
    """Working memory of one thread that plans; `best` is shared."""

    offsets: np.ndarray  # float64 [agent], lateral places on the path
    commands: np.ndarray  # float64 [agent 2]
    forecast: np.ndarray  # float64 [time actor column]
    stops: np.ndarray  # float64 [time agent], path s at which the law makes agents stand
    profile: np.ndarray  # float64 [metre], advised speeds
    places: np.ndarray  # float64 [place], lateral offsets proposed
    stay: np.ndarray  # float64 [metre], offsets of the own lane
    aside: np.ndarray  # float64 [metre], those of the proposal at hand
    drives: np.ndarray  # float64 [proposal time column]
    total: np.ndarray  # float64 [proposal]
    crash: np.ndarray  # float64 [proposal], seconds
    is_inside: np.ndarray  # int64 [proposal]
    is_safe: np.ndarray  # int64 [proposal]
    is_comfortable: np.ndarray  # int64 [proposal]
    poses: np.ndarray  # float64 [horizon 3]
    best: np.ndarray  # float64 [world agent time column]


class Drivers:
    """Actions of the scripted drivers for the current state of `worlds`; the state does not change."""

    def __init__(self, worlds: Any) -> None:
        self._worlds = worlds
        actors, agents = worlds.config.num_actors, worlds.num_agents
        self._best = np.zeros((worlds.num_worlds, agents, FORECAST_STEPS + 1, DRIVE_COLUMNS))
        shards = len(worlds.shards)
        self._plans = [bundle(_new_plan(actors, agents, worlds.config.horizon, self._best)) for _ in range(shards)]
        self._dreams = [bundle(new_state(1, actors, agents, 0)) for _ in range(shards)]
        self._dream_scratches = [bundle(new_scratch(np.zeros(1, np.int32), actors, 1)) for _ in range(shards)]

    def act(self, name: str) -> np.ndarray:
        """Actions [world agent ...] of one of `DRIVERS`.

        Raises:
            ValueError: unknown name.
        """
        check_known("driver", name, DRIVERS)
        worlds = self._worlds
        if name == "log-replay" and worlds.recording is None:
            raise ValueError(f"{type(worlds).__name__} has no recording to replay: 'log-replay' drives in Recorded-v0.")
        shape = worlds.action_space.shape or ()
        actions = worlds.as_floats(np.zeros((worlds.num_worlds, worlds.num_agents, *shape), np.float32))

        def job(low: int, high: int, shard: int) -> None:
            state, rules, roads, scratch = worlds.shared(shard)
            plan, dream = self._plans[shard], (self._dreams[shard], self._dream_scratches[shard])
            if name == "constant-velocity":
                coast_agents(state, rules, plan, actions, low, high)
            elif name == "log-replay":
                replay_agents(state, rules, roads, scratch, plan, actions, low, high)
            else:
                kernel = advise_agents if name == "oracle" else obey_agents
                kernel(state, rules, roads, scratch, *dream, worlds.recording, plan, actions, low, high)

        worlds.shards.run(job)
        return worlds.as_actions(actions)

    def plan(self, world: int = 0, agent: int = 0) -> Float64[np.ndarray, "time 4"]:
        """Where the agent meant to be over the next four seconds when `act` was last asked: x, y, heading, speed."""
        return self._best[world, agent, :, :4].copy()

    def poses(self, world: int = 0, agent: int = 0) -> Float64[np.ndarray, "time 3"]:
        """The same, but for now and the speed, in the agent's frame: metres ahead and to the left, heading [rad]."""
        x, y, heading = self.plan(world, agent)[:, :3].T
        east, north, turn = x[1:] - x[0], y[1:] - y[0], heading[1:] - heading[0]
        cos, sin = np.cos(heading[0]), np.sin(heading[0])
        wrapped = np.arctan2(np.sin(turn), np.cos(turn))
        return np.stack([east * cos + north * sin, north * cos - east * sin, wrapped], axis=1)


def _new_plan(num_actors: int, num_agents: int, horizon: int, best: np.ndarray) -> PlanScratch:
    times = FORECAST_STEPS + 1
    return PlanScratch(
        offsets=np.zeros(num_agents),
        commands=np.zeros((num_agents, 2)),
        forecast=np.zeros((times, num_actors, FORECAST_COLUMNS)),
        stops=np.zeros((times, num_agents)),
        profile=np.zeros(PROFILE_POINTS),
        places=np.zeros(NUM_PLACES),
        stay=np.zeros(PROFILE_POINTS),
        aside=np.zeros(PROFILE_POINTS),
        drives=np.zeros((PROPOSALS, times, DRIVE_COLUMNS)),
        total=np.zeros(PROPOSALS),
        crash=np.zeros(PROPOSALS),
        is_inside=np.zeros(PROPOSALS, np.int64),
        is_safe=np.zeros(PROPOSALS, np.int64),
        is_comfortable=np.zeros(PROPOSALS, np.int64),
        poses=np.zeros((horizon, 3)),
        best=best,
    )
