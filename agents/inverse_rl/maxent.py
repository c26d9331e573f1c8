"""Maximum-entropy inverse RL: costs under which the demonstrations are likeliest.

With c(path) = cost . features(path), features the lengths over each class of ground, the mean negative log-likelihood
is  L(cost) = mean[c(demonstration) + V(start)],  V(start) = log sum_paths exp(-c(path)), and convex; its gradient
is the demonstrations' features minus those expected of the soft policy:  mean[f_demonstrated - E f].

Source: Ziebart, Maas, Bagnell and Dey, *Maximum entropy inverse reinforcement learning* (AAAI 2008).
"""

import numpy as np
import torch
from jaxtyping import Float64

from agents.inverse_rl.demonstrations import Demonstrations
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.soft_values import expected_moves, least_cost, move_costs, soft_policy, soft_values

ROOM = 1.1
"""Costs stay this far above those at which soft values cease to exist."""


class MaximumEntropy:
    """The likelihood of demonstrations, and its gradient.

    Args:
        demonstrations: Paths on their maps.
        moves: How one moves there.
        num_classes: Of ground.
        tolerance: Of values and visits.
    """

    def __init__(
        self, demonstrations: Demonstrations, moves: Moves, *, num_classes: int, tolerance: float = 1e-8
    ) -> None:
        ground = demonstrations.ground
        self.moves, self.tolerance = moves, tolerance
        self.features = demonstrations.lengths(moves.lengths.numpy(), num_classes)
        self.is_shown = demonstrations.shown(num_classes)
        """Classes that there is something to learn about."""
        self.least = ROOM * least_cost(moves)
        """Costs below are not admissible."""
        self._classes = torch.from_numpy(ground.classes.astype(np.int64))
        self._open = moves.open(torch.from_numpy(ground.blocked))
        self._start, self._goal = torch.from_numpy(ground.agent), torch.from_numpy(ground.goal)
        self._values: torch.Tensor | None = None  # of the last call: near those of the next

    def __call__(self, cost: Float64[np.ndarray, " class"]) -> tuple[float, Float64[np.ndarray, " class"]]:
        """Mean negative log-likelihood of a path, and its gradient.

        Raises:
            ValueError: costs too low for soft values to exist.
        """
        costs = move_costs(torch.from_numpy(cost)[self._classes], self._open, self.moves)
        values = soft_values(costs, self._goal, self.moves, tolerance=self.tolerance, initial=self._values)
        self._values = values
        policy = soft_policy(costs, values, self.moves)
        made = expected_moves(policy, self._start, self._goal, self.moves, tolerance=self.tolerance)
        at_start = values.flatten(1)[torch.arange(len(values)), self._start]
        loss = float((torch.from_numpy(self.features @ cost) + at_start).mean())
        return loss, self.features.mean(axis=0) - self._expected(made).mean(axis=0)

    def _expected(self, made: torch.Tensor) -> Float64[np.ndarray, "batch class"]:
        """Features of the moves that are expected."""
        length = self.moves.arriving(made * self.moves.lengths[:, None, None]).flatten(1)
        found = torch.zeros(len(made), self.features.shape[1], dtype=torch.float64)
        return found.scatter_add_(1, self._classes.flatten(1), length).numpy()
