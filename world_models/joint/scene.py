"""The scene as it is now, and its joint modes: seen once for each decision."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from world_models.joint.attention import RelativeAttention
from world_models.joint.crops import Crop
from world_models.joint.tokens import OWN_NUMBERS, PAIR_NUMBERS, Everybody, pair_numbers

RELATED = 32
"""Features of every two."""


class SceneEncoder(nn.Module):
    """Tokens of everybody, who then look at one another; and once more in each of the joint modes.

    Args:
        width: Of a token.
        channels: Of the crops of the map.
        modes: Joint modes.
        layers: Of attention before the scene parts into modes.
        crop: Where bodies look at the map.
    """

    points: Tensor

    def __init__(self, width: int, *, channels: int, modes: int, layers: int, crop: Crop) -> None:
        super().__init__()
        self.register_buffer("points", crop.points(), persistent=False)
        self.own = nn.Linear(OWN_NUMBERS, width)
        self.map = nn.Sequential(nn.Linear(channels * len(self.points), width), nn.ReLU(), nn.Linear(width, width))
        self.join = nn.Sequential(nn.ReLU(), nn.Linear(width, width))
        self.relate = nn.Sequential(nn.Linear(PAIR_NUMBERS, RELATED), nn.ReLU(), nn.Linear(RELATED, RELATED), nn.ReLU())
        self.among = nn.ModuleList(RelativeAttention(width, RELATED) for _ in range(layers))
        self.modes = nn.Parameter(torch.randn(modes, 1, width))
        self.within = RelativeAttention(width, RELATED)
        self.weigh = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        last = self.weigh[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, seen: Everybody, maps: Float[Tensor, "batch body channel point"]) -> dict[str, Tensor]:
        """`tokens` [batch body width], `modes` [batch mode body width], their log `weights` [batch mode], and `pairs`.

        Args:
            seen: Everybody.
            maps: What each sees of the map at `points`.
        """
        seen = replace(seen, own=torch.where(seen.mask[..., None], seen.own, 0.0))
        pairs = self.relate(pair_numbers(seen))
        tokens = self.join(self.own(seen.own) + self.map(maps.flatten(2)))[:, None]
        for layer in self.among:
            tokens = layer(tokens, pairs, seen.mask)
        modes = self.within(tokens + self.modes, pairs, seen.mask)
        there = seen.mask[:, None, :, None].to(modes.dtype)
        weights = self.weigh((modes * there).sum(2) / there.sum(2))[..., 0]
        return {"tokens": tokens[:, 0], "modes": modes, "weights": weights.log_softmax(-1), "pairs": pairs}
