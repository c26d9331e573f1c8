"""What comes back, with a word on every item of the batch."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int, Int8
from torch import Tensor

from world_models.control.status import SOLVED_ANYHOW


@dataclass(frozen=True)
class LQRSolution:
    """Of a batch of problems; gradients flow through x, u and lam.

    Items that are not `solved` have NaN gradients where the loss depends on them; where there is no solution at all,
    their x, u, lam, V, v, K and k are NaN too.
    """

    x: Float[Tensor, "batch time x"]
    u: Float[Tensor, "batch time u"]
    lam: Float[Tensor, "batch time x"]
    """Costates: the derivative of the cost still to come by the state; lam = V x + v."""
    V: Float[Tensor, "shared time x x"]
    """Second derivative of that cost; the batch axis is 1 where C and F are shared and nothing is bounded."""
    v: Float[Tensor, "batch time x"]
    K: Float[Tensor, "shared time u x"]
    """Gains: u = K x + k as long as the same bounds are active, and zero for controls that they hold."""
    k: Float[Tensor, "batch time u"]
    active: Int8[Tensor, "batch time u"]
    """-1 where u_min holds a control, 1 where u_max does, else 0."""
    status: Int[Tensor, " batch"]
    """See `world_models.control.status`."""
    kkt_residual: Float[Tensor, " batch"]
    """Largest of |u - clip(u - dL/du)|, |dL/dx|, |F tau + f - x| and |x0 - x|: zero at the optimum alone."""

    @property
    def solved(self) -> Bool[Tensor, " batch"]:
        """Which items can be relied on."""
        return self.status <= SOLVED_ANYHOW
