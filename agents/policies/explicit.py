"""Explicit policies: one network evaluation says the action, or a distribution of it that is drawn from at once."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from agents.policies.gated import GatedLinear
from agents.policies.head import Chunk, Features, Head, Weight, weighted_mean
from agents.policies.noise import Noise

LEAST_SPREAD = 0.02
"""Of a Gaussian, in units of the codec: sharper ones would put all of the likelihood on a few labels."""


class ExplicitHead(Head):
    """One network that says everything.

    Args:
        features, horizon, size: As every head's.
        outputs: Numbers that the last layer gives.
        width: Of the hidden layers.
    """

    def __init__(self, features: int, horizon: int, size: int, *, outputs: int, width: int = 256) -> None:
        super().__init__(features, horizon, size)
        self.layers = GatedLinear(features, outputs, width=width)


class RegressionHead(ExplicitHead):
    """The mean of what the expert does, by the squared error: of two ways, something in between."""

    def __init__(self, features: int, horizon: int, size: int, *, width: int = 256) -> None:
        super().__init__(features, horizon, size, outputs=horizon * size, width=width)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        error = self._chunk(features) - chunk
        return weighted_mean(error.square().mean(dim=2), weight)

    def propose(self, features: Features, noise: Noise, *, sampler: None = None, deterministic: bool = False) -> Chunk:
        return self._chunk(features)

    def _chunk(self, features: Features) -> Chunk:
        return self.layers(features).view(-1, self.horizon, self.size)


class ChoiceHead(ExplicitHead):
    """A softmax over discrete actions (one-hot codes) at each step of the chunk, each step for itself."""

    def __init__(self, features: int, horizon: int, size: int, *, width: int = 256) -> None:
        super().__init__(features, horizon, size, outputs=horizon * size, width=width)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        error = functional.cross_entropy(self._logits(features), chunk.argmax(dim=2).flatten(), reduction="none")
        return weighted_mean(error.view(weight.shape), weight)

    def propose(self, features: Features, noise: Noise, *, sampler: None = None, deterministic: bool = False) -> Chunk:
        logits = self._logits(features).view(-1, self.horizon, self.size)
        choice = _choose(logits, noise, deterministic)
        return functional.one_hot(choice, self.size).float() * 2.0 - 1.0

    def _logits(self, features: Features) -> Float[Tensor, "step choice"]:
        return self.layers(features).view(-1, self.size)


class BinnedHead(ExplicitHead):
    """A softmax over `bins` equal parts of [-1, 1] for every number of the chunk, each for itself.

    What it draws of one number knows nothing of the others: two ways that differ in several numbers at once are
    mixed up. A drawn bin gives its middle.
    """

    def __init__(self, features: int, horizon: int, size: int, *, bins: int = 21, width: int = 256) -> None:
        super().__init__(features, horizon, size, outputs=horizon * size * bins, width=width)
        self.bins = bins

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        bin_ = ((chunk + 1.0) / 2.0 * self.bins).long().clamp(0, self.bins - 1)
        logits = self.layers(features).view(-1, self.bins)
        error = functional.cross_entropy(logits, bin_.flatten(), reduction="none")
        return weighted_mean(error.view(chunk.shape).mean(dim=2), weight)

    def propose(self, features: Features, noise: Noise, *, sampler: None = None, deterministic: bool = False) -> Chunk:
        logits = self.layers(features).view(-1, self.horizon, self.size, self.bins)
        return (_choose(logits, noise, deterministic).float() + 0.5) * (2.0 / self.bins) - 1.0


class MixtureHead(ExplicitHead):
    """A mixture of Gaussians over whole chunks, fitted by its likelihood (Bishop, *Mixture Density Networks*, 1994).

    Drawn is a component, and from it a chunk; where `deterministic`, the mean of the likeliest component.

    A Gaussian of spread s pulls at its mean by 1 / s^2: once some are narrow, the gradient tells of nothing else, and
    which component holds where is not learned. So what means and spreads get of it is multiplied by s^2 and divided by
    the numbers of a chunk: a mean is fitted as by the squared error, as far as its component answers for the label.
    What the likelihood is largest at stays the same (Seitzer et al., *On the Pitfalls of Heteroscedastic Uncertainty
    Estimation with Probabilistic Neural Networks*, 2022, with beta = 1).

    Args:
        features, horizon, size: As every head's.
        components: Gaussians, each with its own spread for every number.
        width: Of the hidden layers.
    """

    def __init__(self, features: int, horizon: int, size: int, *, components: int = 8, width: int = 256) -> None:
        super().__init__(features, horizon, size, outputs=components * (1 + 2 * horizon * size), width=width)
        self.components = components
        with torch.no_grad():  # means over all of the range, or the components would stay together
            means = self.layers.rest.bias.view(components, -1)[:, 1 : 1 + horizon * size]
            means.copy_(torch.rand(means.shape) * 2.0 - 1.0)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        log_share, mean, spread = self._mixture(features)
        numbers = self.size * weight.sum(dim=1).clamp_min(1.0)
        gain = spread.detach().square() / numbers[:, None, None, None]
        mean, spread = scale_gradient(mean, gain), scale_gradient(spread, gain)
        deviation = (chunk[:, None] - mean) / spread
        # Up to a constant; a padded step says nothing, whichever component it would have been.
        log_density = (-0.5 * deviation.square() - spread.log()).sum(dim=3) * weight[:, None]
        return -torch.logsumexp(log_share + log_density.sum(dim=2), dim=1).mean()

    def propose(self, features: Features, noise: Noise, *, sampler: None = None, deterministic: bool = False) -> Chunk:
        log_share, mean, spread = self._mixture(features)
        rows, chosen = torch.arange(len(mean)), _choose(log_share, noise, deterministic)
        found = mean[rows, chosen]
        return found if deterministic else found + spread[rows, chosen] * noise.normal(self.horizon, self.size)

    def _mixture(self, features: Features) -> tuple[Tensor, Tensor, Tensor]:
        """(log shares [batch component], means and spreads [batch component time number])."""
        said = self.layers(features).view(-1, self.components, 1 + 2 * self.horizon * self.size)
        mean, raw = said[..., 1:].unflatten(2, (2, self.horizon, self.size)).unbind(dim=2)
        return functional.log_softmax(said[..., 0], dim=1), mean, LEAST_SPREAD + functional.softplus(raw)


def scale_gradient(value: Tensor, gain: Tensor) -> Tensor:
    """The value itself, of which `gain` times the gradient is passed back."""
    kept = value.detach()
    return kept + gain * (value - kept)


def _choose(logits: Float[Tensor, "*rest choice"], noise: Noise, deterministic: bool) -> Tensor:
    """The likeliest choice, or one drawn by Gumbel's trick: the largest of logits plus Gumbel noise."""
    if deterministic:
        return logits.argmax(dim=-1)
    unit = noise.uniform(*logits.shape[1:])
    return (logits - torch.log(-torch.log(unit + 1e-12) + 1e-12)).argmax(dim=-1)
