"""What the ego's plan means to the others: the only part that is done for every candidate."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from world_models.joint.attention import NOBODY, PlainAttention, looking_back
from world_models.joint.tokens import PLAN_NUMBERS, Everybody, plan_numbers

WAVES = 4


class Clock(nn.Module):
    """Seconds from now as features.

    Args:
        width: Features.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(1 + 2 * WAVES, width)

    def forward(self, seconds: Float[Tensor, " time"]) -> Float[Tensor, "time width"]:
        """Of some times."""
        phases = seconds[:, None] / (2.0 ** torch.arange(WAVES, device=seconds.device, dtype=seconds.dtype))
        return self.layer(torch.cat([seconds[:, None] / 4.0, torch.sin(phases), torch.cos(phases)], -1))


class Reaction(nn.Module):
    """Each of the others looks at where the ego will be, then back over time, then at one another.

    Nobody looks at what the ego does later: a longer plan changes nothing of what came before.

    Args:
        scene: Width of the tokens of the scene.
        pairs: Numbers of every two.
        width: Of what is done for every candidate; it is what planning costs.
    """

    def __init__(self, scene: int, pairs: int, *, width: int, heads: int = 2) -> None:
        super().__init__()
        self.scene, self.bias = nn.Linear(scene, width), nn.Linear(pairs, heads)
        self.look, self.clock = nn.Linear(PLAN_NUMBERS, width, bias=False), Clock(width)
        self.think = nn.Linear(width, width)
        self.over_time, self.among = PlainAttention(width, heads=heads), PlainAttention(width, heads=heads)

    def encode(
        self,
        tokens: Float[Tensor, "batch actor scene"],
        pairs: Float[Tensor, "batch actor actor pair"],
        mask: Bool[Tensor, "batch actor"],
    ) -> dict[str, Tensor]:
        """What is the same for all candidates: `token` [batch actor width] and `bias` [batch head actor actor]."""
        bias = self.bias(pairs).movedim(-1, 1).masked_fill(~mask[:, None, None], NOBODY)
        return {"token": self.scene(tokens), "bias": bias}

    def forward(
        self,
        kept: dict[str, Tensor],
        seen: Everybody,
        motions: Float[Tensor, "batch candidate time 6"],
        seconds: Float[Tensor, " time"],
    ) -> Float[Tensor, "batch candidate time actor width"]:
        """What each candidate, up to each time, means to each of the others."""
        known = kept["token"][:, None] + self.clock(seconds)[:, None]
        looked = torch.relu(self.look(plan_numbers(seen, motions, seconds)) + known[:, None])
        tokens = self.think(looked).transpose(2, 3)
        back = looking_back(len(seconds), device=motions.device).expand(self.over_time.heads, -1, -1)
        tokens = self.over_time(tokens, back).transpose(2, 3)
        return self.among(tokens, kept["bias"][:, None, None])
