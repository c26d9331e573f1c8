"""What actions do to a vector: three ways to foresee a whole sequence in one call."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from world_models.latents.config import LatentConfig
from world_models.networks.film import FilmBlock

EMBEDDED = 32
"""Features of an action."""


class StepDynamics(nn.Module):
    """z' = z + f(z, a), once for each action; the action stretches and shifts the features of f (`FilmBlock`)."""

    def __init__(self, actions: int, config: LatentConfig) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(actions, EMBEDDED), nn.GELU())
        self.block = FilmBlock(config.size, config.hidden, EMBEDDED)

    def forward(
        self, start: Float[Tensor, "batch size"], actions: Float[Tensor, "batch candidate horizon number"]
    ) -> Float[Tensor, "batch candidate horizon size"]:
        """Latents after each action."""
        latent = start.unsqueeze(1).expand(-1, actions.shape[1], -1)
        steps = []
        for action in self.embed(actions).unbind(2):
            latent = self.block(latent, action)
            steps.append(latent)
        return torch.stack(steps, 2)


class PrefixDynamics(nn.Module):
    """z_t = z_0 + g(h_t), where h is a recurrent network's memory of the first t actions, begun by z_0.

    Latents are not fed back: an error at one step is not the start of the next, and one call runs over all steps.
    """

    def __init__(self, actions: int, config: LatentConfig) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(actions, EMBEDDED), nn.GELU())
        self.begin = nn.Sequential(nn.Linear(config.size, config.hidden), nn.Tanh())
        self.memory = nn.GRU(EMBEDDED, config.hidden, batch_first=True)
        self.read = nn.Linear(config.hidden, config.size)
        nn.init.zeros_(self.read.weight)
        nn.init.zeros_(self.read.bias)

    def forward(
        self, start: Float[Tensor, "batch size"], actions: Float[Tensor, "batch candidate horizon number"]
    ) -> Float[Tensor, "batch candidate horizon size"]:
        """Latents after each prefix of the actions."""
        batch, candidates = actions.shape[:2]
        begun = self.begin(start).unsqueeze(1).expand(-1, candidates, -1).reshape(1, batch * candidates, -1)
        memory, _ = self.memory(self.embed(actions).flatten(0, 1), begun.contiguous())
        return start[:, None, None] + self.read(memory).unflatten(0, (batch, candidates))


class LinearDynamics(nn.Module):
    """z' = A z + B a + c, begun at z' = z: what a linear system is, exactly."""

    def __init__(self, actions: int, config: LatentConfig) -> None:
        super().__init__()
        self.keep = nn.Linear(config.size, config.size, bias=False)
        self.push = nn.Linear(actions, config.size)
        with torch.no_grad():
            self.keep.weight.copy_(torch.eye(config.size))
            self.push.weight.mul_(0.1)

    def forward(
        self, start: Float[Tensor, "batch size"], actions: Float[Tensor, "batch candidate horizon number"]
    ) -> Float[Tensor, "batch candidate horizon size"]:
        """Latents after each action."""
        latent, steps = start.unsqueeze(1), []
        for push in self.push(actions).unbind(2):
            latent = self.keep(latent) + push
            steps.append(latent)
        return torch.stack(steps, 2)


DYNAMICS: dict[str, Callable[[int, LatentConfig], nn.Module]] = {
    "step": StepDynamics,
    "prefix": PrefixDynamics,
    "linear": LinearDynamics,
}
