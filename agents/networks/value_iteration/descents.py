"""RMSprop as the authors of value iteration networks used it: the small number stands inside the root."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from agents.descent import Descent
from agents.networks.value_iteration.config import ValueIterationConfig
from agents.training_state import Progress


class RootedRMSprop(torch.optim.Optimizer):
    """weight -= rate g / sqrt(a + eps), a = rho a + (1 - rho) g^2.

    Libraries add eps outside the root, where 1e-6 is another algorithm: small gradients make steps of full size.
    """

    def __init__(self, parameters: Iterable[Tensor], *, lr: float, rho: float = 0.9, eps: float = 1e-6) -> None:
        super().__init__(parameters, {"lr": lr, "rho": rho, "eps": eps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update by the gradients that are there; of every group as one vector, since calls cost more than sums."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            gradient = torch.cat([weight.grad.flatten() for weight in weights])
            state = self.state[weights[0]]
            if not state:
                state["square"] = torch.zeros_like(gradient)
            square = state["square"].mul_(group["rho"]).addcmul_(gradient, gradient, value=1.0 - group["rho"])
            change = gradient.mul_(-group["lr"]).div_((square + group["eps"]).sqrt_())
            parts = change.split([weight.numel() for weight in weights])
            torch._foreach_add_(weights, [part.view_as(weight) for part, weight in zip(parts, weights, strict=True)])

    def forget(self) -> None:
        """Begin again with empty squares."""
        self.state.clear()


class StagedDescent(Descent):
    """`RootedRMSprop` in stages of equal length, at the config's rates; every stage begins with empty squares."""

    optimizer: RootedRMSprop
    config: ValueIterationConfig

    def __init__(self, network: nn.Module, config: ValueIterationConfig) -> None:
        self.network, self.config = network, config
        Progress.__init__(self, RootedRMSprop(network.parameters(), lr=config.rates[0]))

    def step(self, loss: Tensor) -> float:
        if self.updates > 0 and self._stage(self.updates) != self._stage(self.updates - 1):
            self.optimizer.forget()
        self.optimizer.param_groups[0]["lr"] = self.rate()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.updates += 1
        return loss.item()

    def rate(self) -> float:
        return self.config.rates[self._stage(self.updates)]

    def _stage(self, updates: int) -> int:
        return min(len(self.config.rates) - 1, updates * len(self.config.rates) // self.config.updates)
