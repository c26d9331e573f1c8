"""What comes back from `mpc`, with a word on every item of the batch."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from world_models.control.status import SOLVED_ANYHOW


@dataclass(frozen=True)
class MPCSolution:
    """Of a batch of problems; gradients flow through x, u and cost.

    Items that are not `solved` have NaN gradients where the loss depends on them; where there is no solution at all,
    their x, u and cost are NaN too. With slew limits, what is said to be of states is of [x; control before].
    """

    x: Float[Tensor, "batch time x"]
    u: Float[Tensor, "batch time u"]
    cost: Float[Tensor, " batch"]
    """With what violations of soft constraints cost; its gradient is that of the smoothed optimum, for which nothing
    has to be solved."""
    lam: Float[Tensor, "batch time state"]
    """Costates: the derivative of the cost still to come by the state."""
    multipliers: dict[str, Float[Tensor, "batch time k"]]
    """Of each inequality, 0 or more: "u_min", "u_max", "slew_up", "slew_down", and constraints by name."""
    K: Float[Tensor, "batch time u state"]
    """Gains: u = K state + k to first order around the solution."""
    k: Float[Tensor, "batch time u"]
    status: Int[Tensor, " batch"]
    """See `world_models.control.status`."""
    kkt_residual: Float[Tensor, " batch"]
    """Largest residual of the smoothed conditions of optimality."""
    iterations: Int[Tensor, " batch"]

    @property
    def solved(self) -> Bool[Tensor, " batch"]:
        """Which items can be relied on."""
        return self.status <= SOLVED_ANYHOW

    def shifted(self, steps: int = 1) -> "MPCSolution":
        """What is left after some steps, as a start for the next problem: its tail is held.

        Raises:
            ValueError: a negative number of steps.
        """
        if steps < 0:
            raise ValueError(f"Expected steps of at least 0, got {steps}.")
        count = self.u.shape[1]
        index = torch.arange(steps, steps + count, device=self.u.device).clamp(max=count - 1)
        return replace(
            self,
            x=self.x.detach()[:, index],
            u=self.u.detach()[:, index],
            cost=self.cost.detach(),
            lam=self.lam[:, index],
            multipliers={name: part[:, index] for name, part in self.multipliers.items()},
            K=self.K[:, index],
            k=self.k[:, index],
        )
