"""Bounds on controls."""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.problem import Residual


class Box(NamedTuple):
    """Both sides of every control [side batch time u], u_min first."""

    bound: Tensor  # infinite where there is none
    mask: Tensor  # one where a bound is to be kept away from, zero where there is none or where the sides meet

    @classmethod
    def between(cls, low: Tensor, high: Tensor) -> "Box":
        """Controls whose sides meet are fixed; items whose sides cross are left unbounded."""
        both = torch.stack([low, high])
        crossed = (low > high).flatten(1).any(1)[:, None, None]
        both = torch.where(crossed, both.new_tensor([-torch.inf, torch.inf])[:, None, None, None], both)
        return cls(both, (torch.isfinite(both) & (both[0] < both[1])).to(both.dtype))

    @property
    def sign(self) -> Tensor:
        """Of the control in the slack [side 1 1 1]."""
        return self.bound.new_tensor([1.0, -1.0])[:, None, None, None]

    @property
    def fixed(self) -> Tensor:
        """Where the sides meet [batch time u]."""
        return self.bound[0] == self.bound[1]

    def items(self, chosen: Tensor) -> "Box":
        """Of some items."""
        return Box(self.bound[:, chosen], self.mask[:, chosen])

    def slack(self, u: Tensor) -> Tensor:
        """Room up to each side; 1 where there is none to keep away from."""
        return torch.where(self.mask > 0, self.sign * (u - self.bound), 1.0)

    def clip(self, u: Tensor) -> Tensor:
        """The nearest controls within."""
        return torch.minimum(torch.maximum(u, self.bound[0]), self.bound[1])

    def well_inside(self, u: Tensor) -> Tensor:
        """The nearest controls that are a quarter of the width, or 1, away from the bounds."""
        margin = torch.clamp(0.25 * (self.bound[1] - self.bound[0]), max=1.0)
        return torch.minimum(torch.maximum(u, self.bound[0] + margin), self.bound[1] - margin)

    def mean(self, products: Tensor) -> Tensor:
        """Over the sides there are, of each item."""
        return (products * self.mask).sum((0, 2, 3)) / self.mask.sum((0, 2, 3)).clamp(min=1.0)


def violation(box: Box | None, u: Tensor, found: Residual) -> Tensor:
    """Of the conditions of optimality, the largest of each item [batch]: zero at the optimum alone."""
    nu = u.shape[-1]
    if box is None:
        return found.size()
    held = u - box.clip(u - found.tau[..., -nu:])
    return found._replace(tau=torch.cat([found.tau[..., :-nu], held], -1)).size()
