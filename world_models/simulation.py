"""Copies of an environment's worlds that may be driven anywhere, any number of times, without the environment noticing.

States travel as bytes, one row for each world, so that a batch of them is chosen from and repeated like any tensor.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from envs.core.batched import vector_like
from envs.core.worlds import Worlds

STATE = "state/"
"""Before the names of a state's arrays among the parts of a latent."""
KEPT = 4
"""Batches of worlds, of different sizes, that are kept for the next time."""

Notes = dict[str, np.ndarray]
"""What is noted of a batch of worlds at some time, [world ...]."""


class Simulation:
    """The worlds that `env`, single or vector, is made of.

    parts = simulation.now()
    found = simulation.run(parts, actions, look)
    """

    def __init__(self, env: Any, **changes: Any) -> None:
        """`changes` of the arguments: of what does not change how the worlds go on."""
        self._env, self._changes = env, changes
        self._template = self.bound.get_state()
        self._worlds: dict[int, Worlds] = {}

    @property
    def bound(self) -> Worlds:
        """The worlds of the environment itself."""
        return self._env.unwrapped.worlds

    def now(self) -> dict[str, UInt8[Tensor, "world byte"]]:
        """A copy of where the environment is."""
        return as_bytes(self.bound.get_state())

    def state_of(self, parts: dict[str, Tensor], *, copies: int = 1) -> Any:
        """The state that `now` made `parts` of, every world so many times in a row."""
        arrays = []
        for name, like in zip(self._template._fields, self._template, strict=True):
            rows = np.repeat(parts[STATE + name].cpu().numpy(), copies, axis=0)
            arrays.append(rows.view(like.dtype).reshape(len(rows), *like.shape[1:]))
        return type(self._template)(*arrays)

    def worlds_at(self, parts: dict[str, Tensor], *, copies: int = 1) -> Worlds:
        """Private worlds in that state, good until somebody else asks."""
        state = self.state_of(parts, copies=copies)
        worlds = self.worlds_of(len(state[0]))
        worlds.set_state(state)
        return worlds

    def worlds_of(self, count: int) -> Worlds:
        """The private batch of that size, as the last run left it."""
        if count not in self._worlds:
            if len(self._worlds) >= KEPT:
                self._worlds.pop(next(iter(self._worlds))).close()
            self._worlds[count] = vector_like(self._env, count, **self._changes).worlds
        return self._worlds[count]

    def run(
        self, parts: dict[str, Tensor], actions: np.ndarray, look: Callable[[Worlds], Notes]
    ) -> dict[str, np.ndarray]:
        """What `look` sees after every step of candidates [row candidate horizon ...], as [row candidate horizon ...].

        With it `reward` of the step and `goes_on`. A world whose episode has ended stays as it is, and pays nothing.
        """
        rows, candidates = actions.shape[:2]
        worlds = self.worlds_at(parts, copies=candidates)
        # kernels take arrays without gaps: time comes first
        plans = np.ascontiguousarray(np.moveaxis(actions.reshape(rows * candidates, 1, *actions.shape[2:]), 2, 0))
        seen: list[Notes] = []
        for plan in plans:
            was_over = worlds.output.is_over != 0
            worlds.step(plan)
            reward = np.where(was_over, 0.0, worlds.output.reward[:, 0])
            seen.append({"reward": reward, "goes_on": worlds.output.is_over == 0, **look(worlds)})
        stacked = {name: np.stack([notes[name] for notes in seen], 1) for name in seen[0]}
        return {name: found.reshape(rows, candidates, *found.shape[1:]) for name, found in stacked.items()}


def as_bytes(state: Any) -> dict[str, UInt8[Tensor, "world byte"]]:
    """The arrays of a state by name."""
    return {
        STATE + name: torch.from_numpy(np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1))
        for name, array in zip(state._fields, state, strict=True)
    }
