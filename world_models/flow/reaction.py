"""How the ego's plan changes what the others do: a preference among the motion modes, patch by patch."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from world_models.bicycle import ACCELERATION, HEADING, SPEED, X, Y
from world_models.boxes import Canvas
from world_models.flow.blending import Places

NEAR = 6.0
"""Metres over which an ego that passes by is felt."""
MOST = 3.0
"""How much a plan can change a logit, either way."""
ABOUT = 6
"""Numbers that describe the ego at a step."""


class Reaction(nn.Module):
    """Features of the scene, stretched and shifted by the ego's motion (FiLM), to a change of the modes' logits.

    What is said of a step depends on the ego's motion until then alone. It begins as no change.

    Args:
        features: Of a patch of the scene.
        choices: Logits of a cell.
        horizon: Steps.
        width: Hidden features; all that there is for every candidate, step and patch.
    """

    def __init__(self, features: int, choices: int, *, horizon: int, width: int = 16) -> None:
        super().__init__()
        self.scene = nn.Conv2d(features, width, 1)
        self.step = nn.Parameter(torch.zeros(horizon, width))
        self.plan = nn.Sequential(nn.Linear(ABOUT, 32), nn.GELU(), nn.Linear(32, 2 * width))
        self.place = nn.Linear(2, width, bias=False)
        self.change = nn.Linear(width, choices)
        nn.init.zeros_(self.change.weight)
        nn.init.zeros_(self.change.bias)

    def forward(
        self,
        features: Float[Tensor, "batch feature row2 col2"],
        ego: Float[Tensor, "batch candidate horizon 6"],
        centres: Float[Tensor, "patch 2"],
        places: Places,
    ) -> Float[Tensor, "some candidate choice"]:
        """Changes of the logits at some places.

        Args:
            features: Of `self.scene`.
            ego: Its motions, the first of them after one step.
            centres: (ahead, left) of the patches [m].
            places: Where they are wanted.
        """
        row, step, patch = places
        known = features.flatten(2)[row, :, patch] + self.step[step]
        hidden = moved(known, ego, centres, places, plan=self.plan, place=self.place)
        return MOST * torch.tanh(self.change(hidden) / MOST)


def moved(
    known: Float[Tensor, "some width"],
    ego: Float[Tensor, "batch candidate horizon 6"],
    centres: Float[Tensor, "patch 2"],
    places: tuple[Tensor, Tensor, Tensor],
    *,
    plan: nn.Module,
    place: nn.Module,
) -> Float[Tensor, "some candidate width"]:
    """What is known of some places, stretched and shifted by how the ego moves, and by how near it is and has been.

    Args:
        known: Of each place.
        ego: Its motions, the first of them after one step.
        centres: (ahead, left) of the patches [m].
        places: Row, step and patch of each.
        plan: From motions to stretches - 1 and shifts.
        place: From how near the ego is, and has been on average until then, both in 0..1, to further shifts.
    """
    row, step, patch = places
    scale, shift = plan(about(ego))[row, :, step].chunk(2, -1)
    way = (ego[..., None, :2] - centres).square().sum(-1)
    near = torch.exp(way * (-0.5 / NEAR**2))  # [batch candidate horizon patch]
    passed = near.cumsum(2) / torch.arange(1, near.shape[2] + 1, device=near.device)[:, None]
    felt = place(torch.stack([near[row, :, step, patch], passed[row, :, step, patch]], -1))
    return torch.relu(torch.addcmul(felt + shift, known[:, None], 1.0 + scale))


def about(ego: Float[Tensor, "batch candidate horizon 6"]) -> Float[Tensor, "batch candidate horizon 6"]:
    """The ego at each step, in numbers of about 1."""
    x, y, heading, speed, acceleration = (ego[..., column] for column in (X, Y, HEADING, SPEED, ACCELERATION))
    return torch.stack(
        [x / 20.0, y / 10.0, torch.cos(heading), torch.sin(heading), speed / 10.0, acceleration / 5.0], -1
    )


def patch_centres(canvas: Canvas, side: int, like: Tensor) -> Float[Tensor, "patch 2"]:
    """(ahead, left) of the centres of squares of `side` cells [m]."""
    coarse = Canvas(canvas.extent, canvas.resolution * side)
    return coarse.centres(like).flatten(0, 1)
