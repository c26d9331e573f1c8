"""Maximum-margin planning: costs under which each demonstration beats every other path, by more the more they differ.

With features f(path) the lengths over each class of ground, and l(path) = margin * the length of a path off the
demonstrated one, the loss is the mean of

    cost . f(demonstrated) - min_path [cost . f(path) - l(path)]  >= 0,

zero iff the margin holds everywhere. The minimum is a shortest path where cells off the demonstrated path cost
`margin` less, so exact search finds it as long as every cost stays above the margin. Its subgradient is
mean[f(demonstrated) - f(minimiser)].

Source: Ratliff, Bagnell and Zinkevich, *Maximum margin planning* (ICML 2006), equations 7 and 10.
"""

import numpy as np
from jaxtyping import Float64

from agents.inverse_rl.demonstrations import Demonstrations, path_lengths
from agents.inverse_rl.ground import Ground
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.shortest import routes

MARGIN = 1.0
ROOM = 1.5
"""The least cost, in margins: augmented costs stay above zero."""


class MaximumMargin:
    """The structured hinge loss of demonstrations, and a subgradient.

    Args:
        demonstrations: Paths on their maps.
        moves: How one moves there.
        num_classes: Of ground.
        margin: Asked for per length off the demonstrated path.

    Raises:
        ValueError: more classes than the kernels' ground has numbers for, two for each.
    """

    def __init__(
        self, demonstrations: Demonstrations, moves: Moves, *, num_classes: int, margin: float = MARGIN
    ) -> None:
        if 2 * num_classes > 255:
            raise ValueError(f"Maximum-margin planning knows at most 127 classes of ground, got {num_classes}.")
        ground, paths = demonstrations.ground, demonstrations.paths
        self.moves, self.margin, self.num_classes = moves, margin, num_classes
        self.least = ROOM * margin
        """Costs below are not admissible."""
        self.features = demonstrations.lengths(moves.lengths.numpy(), num_classes)
        self.is_shown = demonstrations.shown(num_classes)
        """Classes that there is something to learn about."""
        is_off = np.ones((len(paths), ground.blocked[0].size), np.bool_)
        is_off[np.arange(len(paths))[:, None], paths] = False
        off = is_off.reshape(ground.classes.shape) * np.uint8(num_classes)
        self._ground = Ground(ground.blocked, ground.classes + off, ground.goal, ground.agent)

    def __call__(self, cost: Float64[np.ndarray, " class"]) -> tuple[float, Float64[np.ndarray, " class"]]:
        """Mean loss of a demonstration, and a subgradient.

        Raises:
            ValueError: a cost that does not exceed the margin.
        """
        if cost.min() <= self.margin:
            raise ValueError(f"Expected costs above the margin {self.margin:g}, got {cost.tolist()}.")
        on, off = self.rivals(cost)
        gap = (self.features - on - off) @ cost + self.margin * off.sum(axis=1)
        return float(gap.mean()), (self.features - on - off).mean(axis=0)

    def rivals(
        self, cost: Float64[np.ndarray, " class"]
    ) -> tuple[Float64[np.ndarray, "batch class"], Float64[np.ndarray, "batch class"]]:
        """Features of the paths that minimise the augmented cost: the parts on the demonstrated path, and off it."""
        augmented = np.concatenate((cost, cost - self.margin))
        paths = routes(self._ground, augmented, self.moves).paths(self._ground.agent)
        found = path_lengths(self._ground, paths, self.moves.lengths.numpy(), 2 * self.num_classes)
        return found[:, : self.num_classes], found[:, self.num_classes :]
