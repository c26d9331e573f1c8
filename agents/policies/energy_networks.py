"""Energies of actions: networks that are told the features once, and look at many candidates after that."""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.policies.info_nce import Candidates, Energies, Energy

SHARPEST = 15.0
"""Largest curvature of a well, as its square root: a width of 1/25 of half the data's range is as narrow as needed."""

DEEPEST = 10.0
"""Largest size of a depth: enough to tell a right well from a wrong one, too little to put one out of the running
before it has found its place."""

ONE = torch.ones(())
COPIED = 0.5
"""By which features are multiplied that wells begin at: numbers even over a range have unit spread as features, and
about this one as actions in [-1, 1]."""

Told = Float[Tensor, "element batch input"]


class Landscape(NamedTuple):
    """What features make of an energy, for as many candidates as may come."""

    centre: Float[Tensor, "element batch 1 well number"]
    depth: Float[Tensor, "element batch 1 well"]
    curvature: Float[Tensor, "element batch 1 1"]
    view: Float[Tensor, "element batch 1 unit"]
    look: Float[Tensor, "element 1 number unit"]
    last: Float[Tensor, "element 1 unit 1"]

    def __call__(self, candidates: Float[Tensor, "element batch candidate number"]) -> Tensor:
        """Energies [element batch candidate]."""
        square = (candidates.unsqueeze(3) - self.centre).square().sum(dim=4)
        wells = torch.logsumexp(self.depth - torch.addcmul(ONE, self.curvature, square).sqrt(), dim=3)
        rest = functional.silu(self.view + candidates @ self.look) @ self.last
        return rest.squeeze(3) - wells


class EnergyFamily(nn.Module):
    """Energies side by side, each a softened minimum of funnels, and a free remainder:

        E(a) = -log sum_k exp(depth_k - sqrt(1 + (sharpness |a - centre_k|)^2)) + rest(a)

    A funnel is as steep far out as it is near, so that a chain finds down from anywhere. Depths, the sharpness and
    what the remainder sees come from two hidden layers, of products of linear functions and of gated ones; a centre
    is a linear function of what is told, and of the hidden layers. Nothing says what a well is for: which there
    are, and where, is learned from the loss alone.

    Args:
        elements: Energies, each with weights of its own.
        inputs: Numbers that each is told.
        numbers: That a candidate consists of.
        width: Of two hidden layers.
        wells: For each energy.
        units: Of the remainder.
    """

    def __init__(
        self, elements: int, inputs: int, numbers: int, *, width: int = 128, wells: int = 4, units: int = 32
    ) -> None:
        super().__init__()
        self.numbers, self.wells = numbers, wells
        self.begin = log(4.0 / numbers)
        self.hidden = Hidden(elements, inputs, width)
        self.plain_centre = SideBySide(elements, inputs, wells * numbers)
        self.said = [wells * numbers, wells, 1, units]
        self.third = SideBySide(elements, width, sum(self.said))
        self.look = nn.Parameter(torch.randn(elements, 1, numbers, units) / numbers**0.5)
        self.last = nn.Parameter(torch.zeros(elements, 1, units, 1))
        nn.init.uniform_(self.plain_centre.bias, -1.0, 1.0)  # apart from each other, whatever is told
        nn.init.zeros_(self.third.weight[:, :, : self.said[0]])
        nn.init.zeros_(self.third.bias[:, :, : self.said[0]])

    def forward(self, told: Told, part: slice = slice(None)) -> Landscape:
        """The energies of the elements in `part`."""
        moved, depth, sharp, view = self.third(self.hidden(told, part), part).unsqueeze(2).split(self.said, dim=3)
        centre = self.plain_centre(told, part).unsqueeze(2) + moved
        return Landscape(
            centre=centre.unflatten(3, (self.wells, self.numbers)),
            depth=DEEPEST * torch.tanh(depth / DEEPEST),
            curvature=torch.exp((2.0 * sharp + self.begin).clamp(max=2.0 * log(SHARPEST))),
            view=view,
            look=self.look[part],
            last=self.last[part],
        )

    @torch.no_grad()
    def begin_at_features(self, size: int) -> None:
        """Let the k-th well begin at the k-th `size` features, as far as there are so many.

        Where observations hold places and actions are places too, what an expert aims at is often one of those seen,
        and no loss finds that out soon: before they tell one from another, wells gather at what predicts actions
        roughly, such as where a velocity points. What is of no use is unlearned.
        """
        elements, inputs = self.plain_centre.weight.shape[:2]
        for well in range(min(self.wells, inputs // size)):
            columns = slice(well * self.numbers, (well + 1) * self.numbers)
            self.plain_centre.weight[:, :, columns] = 0.0
            self.plain_centre.bias[:, :, columns] = 0.0
            for place in range(elements * self.numbers):
                element, number = divmod(place, self.numbers)
                self.plain_centre.weight[element, well * size + place % size, columns.start + number] = COPIED


class Hidden(nn.Module):
    """Two hidden layers for each element, the first of products of linear functions, the second of gated ones.

    Where a rule holds until a place is reached, what tells is a distance, or whether a velocity points somewhere:
    products of what is seen, which layers of rectifiers learn slowly.

    Args:
        elements: Networks.
        inputs: Numbers that each is told.
        width: Of both layers.
    """

    def __init__(self, elements: int, inputs: int, width: int) -> None:
        super().__init__()
        self.first = SideBySide(elements, inputs, 2 * width)
        self.second = SideBySide(elements, width, 2 * width)

    def forward(self, told: Told, part: slice = slice(None)) -> Float[Tensor, "element batch unit"]:
        """What the elements in `part` make of what they are told."""
        value, other = self.first(told, part).chunk(2, dim=2)
        value, gate = self.second(functional.layer_norm(value * other, value.shape[2:]), part).chunk(2, dim=2)
        return value * functional.silu(gate)


class SideBySide(nn.Module):
    """Linear layers, one for each element, in one product.

    Args:
        elements: Layers.
        inputs, outputs: Of each.
    """

    def __init__(self, elements: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(elements, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(elements, 1, outputs).uniform_(-bound, bound))

    def forward(self, told: Told, part: slice) -> Float[Tensor, "element batch output"]:
        """All elements in `part`."""
        return torch.baddbmm(self.bias[part], told, self.weight[part])


class JointEnergy(nn.Module):
    """One energy of all numbers of a chunk.

    Args:
        features: Numbers that describe what was observed.
        numbers: Of a chunk.
        shape: Arguments of `EnergyFamily`.
    """

    def __init__(self, features: int, numbers: int, **shape: int) -> None:
        super().__init__()
        self.family = EnergyFamily(1, features, numbers, **shape)

    def bind(self, features: Float[Tensor, "batch feature"]) -> "Bound":
        """The energy given the features, which are looked at here and not again."""
        return Bound(self.family(features[None]))


class Bound:
    """An energy of candidates [batch candidate number] with its features bound in."""

    def __init__(self, landscape: Landscape) -> None:
        self.landscape = landscape

    def __call__(self, candidates: Candidates) -> Energies:
        return self.landscape(candidates[None])[0]

    @property
    def centres(self) -> Float[Tensor, "batch well number"]:
        """Of its wells."""
        return self.landscape.centre[0, :, 0]


class AutoregressiveEnergy(nn.Module):
    """One energy for each number of a chunk, told the features and the numbers before it.

    Florence et al., *Implicit Behavioral Cloning*, 2021, appendix B.2: what is searched is one number at a time. Unlike
    theirs, the networks share hidden layers on the features: which rule the expert follows is one question, and not
    one for each number, none of which alone tells much of it.

    Args:
        features: Numbers that describe what was observed.
        numbers: Of a chunk.
        width: Of the hidden layers of each number's own network; the shared ones are twice as wide.
        shape: Further arguments of `EnergyFamily`.
    """

    before: Tensor

    def __init__(self, features: int, numbers: int, *, width: int = 64, **shape: int) -> None:
        super().__init__()
        self.numbers = numbers
        self.shared = Hidden(1, features, 2 * width)
        self.family = EnergyFamily(numbers, features + 2 * width + numbers, 1, width=width, **shape)
        self.register_buffer("before", torch.ones(numbers, numbers).tril(-1)[:, None], persistent=False)

    def beside(self, features: Float[Tensor, "batch feature"], chunk: Float[Tensor, "batch number"]) -> "Beside":
        """The energies of all numbers, each given those of `chunk` before it, in one pass."""
        known = self.known(features).expand(self.numbers, -1, -1)
        return Beside(self.family(torch.cat([known, chunk * self.before], dim=2)))

    def bind(self, features: Float[Tensor, "batch feature"]) -> Callable[[Float[Tensor, "batch before"]], Energy]:
        """The energy of the number that follows some, given features, which are looked at here and not again."""
        known = self.known(features)

        def following(before: Float[Tensor, "batch before"]) -> Energy:
            place = before.shape[1]
            told = functional.pad(torch.cat([known, before], dim=1), (0, self.numbers - place))
            return Bound(self.family(told[None], slice(place, place + 1)))

        return following

    def known(self, features: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch told"]:
        """Features, and what the shared layers make of them."""
        return torch.cat([features, self.shared(features[None])[0]], dim=1)


class Beside:
    """Energies of every number of candidates [batch candidate number], each for itself."""

    def __init__(self, landscape: Landscape) -> None:
        self.landscape = landscape

    def each(self, candidates: Candidates) -> Float[Tensor, "batch number candidate"]:
        """Number by number."""
        return self.landscape(candidates.permute(2, 0, 1).unsqueeze(3)).transpose(0, 1)

    def __call__(self, candidates: Candidates) -> Energies:
        return self.each(candidates).sum(dim=1)

    @property
    def centres(self) -> Float[Tensor, "batch well number"]:
        """Of the wells of every number."""
        return self.landscape.centre[:, :, 0, :, 0].permute(1, 2, 0)
