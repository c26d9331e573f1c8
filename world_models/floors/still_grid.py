"""A grid on which nothing moves but the agent."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int64
from torch import Tensor
from torch.nn import functional

from envs.gridworld.config import GridConfig
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW


@dataclass(frozen=True)
class StillGrid:
    """The rules of motion, for maps that are read off observations [batch channel row col]."""

    channels: tuple[str, ...]
    num_moves: int
    may_cut_corners: bool

    @classmethod
    def of_env(cls, env: Any) -> "StillGrid":
        """Those of a grid environment, single or vector.

        Raises:
            ValueError: no such environment, or one that does not show the whole map.
        """
        base = getattr(env, "unwrapped", env)
        config = base.config
        if not isinstance(config, GridConfig):
            raise ValueError(f"Expected a grid or a road environment, got one of {type(config).__name__}.")
        if config.view != "full":
            raise ValueError(f"Expected view='full', got {config.view!r}: the frame must not move with the agent.")
        return cls(tuple(base.channels), config.connectivity, config.corner_cutting == "allow")

    def plane(self, occupancy: Tensor, name: str) -> Bool[Tensor, "batch row col"]:
        """One channel; nowhere, if there is no such channel."""
        if name not in self.channels:
            return torch.zeros_like(occupancy[:, 0], dtype=torch.bool)
        return occupancy[:, self.channels.index(name)] > 0

    def cells(
        self, occupancy: Tensor, actions: Int64[Tensor, "batch candidate horizon"]
    ) -> Int64[Tensor, "batch candidate horizon"]:
        """The agent's cell, row * cols + col, after each action.

        A move into what is blocked, or taken by another, is refused; who has arrived stays.
        """
        cols = occupancy.shape[-1]
        closed = functional.pad(self.plane(occupancy, "obstacle"), (1, 1, 1, 1), value=True)
        taken = functional.pad(self.plane(occupancy, "others"), (1, 1, 1, 1))
        goal = functional.pad(self.plane(occupancy, "goal"), (1, 1, 1, 1))
        closed, taken, goal = closed.flatten(1), (closed | taken).flatten(1), goal.flatten(1)
        # on the padded map a step in a row is cols + 2 cells
        width = cols + 2
        at = self.plane(occupancy, "agent").flatten(1).long().argmax(1)
        at = (at // cols + 1) * width + at % cols + 1
        at = at[:, None].expand(-1, actions.shape[1])
        down, right = self._steps(actions.device)
        found = []
        for action in actions.unbind(2):
            to_row, to_col = down[action] * width, right[action]
            is_open = ~taken.gather(1, at + to_row + to_col)
            if not self.may_cut_corners:
                is_open &= ~(closed.gather(1, at + to_row) | closed.gather(1, at + to_col))
            at = torch.where(is_open & ~goal.gather(1, at), at + to_row + to_col, at)
            found.append((at // width - 1) * cols + at % width - 1)
        return torch.stack(found, 2)

    def _steps(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Rows and columns of every action; the last may be to wait."""
        wait = torch.zeros(1, dtype=torch.int64)
        moves = (torch.from_numpy(step[: self.num_moves]).long() for step in (MOVE_ROW, MOVE_COL))
        down, right = (torch.cat([steps, wait]).to(device) for steps in moves)
        return down, right
