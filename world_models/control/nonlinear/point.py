"""An iterate: states, controls and costates, and for every row of inequalities a slack and a multiplier.

Hard rows hold h = s > 0 with the multiplier z > 0; soft ones h + e = s with a violation e > 0, whose own multiplier y
is what its price exceeds z by: y = linear + quadratic e - z. All products s z and e y go to mu.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Point(NamedTuple):
    """States are unknowns of their own, as are slacks; rows without meaning have s = e = y = 1 and z = 0."""

    x: Tensor  # [batch time x]
    u: Tensor  # [batch time u]
    lam: Tensor  # [batch time x]
    s: Tensor  # [batch time row]
    z: Tensor  # [batch time row]
    e: Tensor  # [batch time row]
    y: Tensor  # [batch time row]

    @property
    def tau(self) -> Tensor:
        """[batch time tau]"""
        return torch.cat([self.x, self.u], -1)

    def items(self, chosen: Tensor) -> "Point":
        """Of some items."""
        return Point(*(part[chosen] for part in self))

    def moved(self, step: "Point", primal: Tensor, dual: Tensor) -> "Point":
        """By shares [batch] of a step: of its states, costates and slacks, and of its multipliers."""
        primal, dual = primal[:, None, None], dual[:, None, None]
        shares = (primal, primal, primal, primal, dual, primal, dual)
        return Point(*(torch.addcmul(old, share, new) for old, share, new in zip(self, shares, step, strict=True)))
