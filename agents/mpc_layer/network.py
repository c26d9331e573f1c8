"""From observations to what the optimal control problem is made of: a reference, weights, and where others go.

A decision has several answers (wait, or go before the other), whose mean is none. So the reference is one of several
modes, each an acceleration profile found among the expert's plus a correction that the scene decides (after Chai et
al., *MultiPath*, 2019): which one is classified, its correction regressed.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.mpc_layer.path_view import COLUMNS, PathView, path_view, strip_length
from agents.networks.normaliser import Normaliser

NUMBERS = ("ego", "route")
WEIGHTS = {
    "along": 0.3,
    "across": 5.0,
    "course": 10.0,
    "speed": 0.1,
    "acceleration": 0.05,
    "lateral": 0.01,
    "jerk": 0.3,
    "swing": 0.3,
    "others": 3.0,
}  # fmt: skip
"""What is paid for in the problem, and its price before anything is learned."""
ACTOR_NUMBERS = 9 + 5 * 3 + 2
DROPPED = 0.3
"""Share of the features that training leaves out: states of one episode are much alike."""
ASIDE = 0.3
"""Furthest that the network may ask for beside that [m]."""
SETTLING = 1.5
"""Seconds in which the reference comes back to the path, unless the network says otherwise."""


class Advice(NamedTuple):
    """What the network says of a batch."""

    logits: Float[Tensor, "batch mode"]
    progress: Float[Tensor, "batch mode time"]
    """Metres along the path."""
    offsets: Float[Tensor, "batch mode time"]
    """To the left of it."""
    weights: Float[Tensor, "batch weight"]
    """Of `WEIGHTS`, all > 0."""
    others: Float[Tensor, "batch actor time 3"]
    """Poses of the nearest others, in the ego frame of now."""
    view: PathView


class MPCNetwork(nn.Module):
    """Reads the view, the strip along the path, the numbers, and the others as tokens.

    Args:
        channels: Of the occupancy.
        highs: Bounds of the numbers `ego` and `route`, one after the other.
        times, dt: Poses of a plan, and seconds between them.
        extent: Of the occupancy [m].
        width: Features of each patch; a token has twice as many.
        modes: Kinds of progress.
    """

    anchors: Tensor

    def __init__(
        self,
        channels: int,
        highs: np.ndarray,
        *,
        times: int,
        dt: float,
        extent: tuple[float, float, float, float],
        width: int,
        modes: int,
    ) -> None:
        super().__init__()
        self.times, self.dt, self.extent, self.modes = times, dt, extent, modes
        self.normalise = Normaliser(-highs, highs, least=1e-3)
        self.register_buffer("anchors", torch.zeros(modes, times))
        token = 2 * width
        self.strip = nn.Sequential(
            nn.Conv2d(channels, width, (3, 3), stride=(1, 2), padding=1), nn.ReLU(),
            nn.Conv2d(width, width, (3, 3), stride=(2, 2), padding=1), nn.ReLU(),
            nn.Conv2d(width, width, (3, 3), stride=(2, 1), padding=1), nn.ReLU(),
        )  # fmt: skip
        self.view = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=4), nn.ReLU(),
            nn.Conv2d(width, width, 3, stride=2, padding=1), nn.ReLU(),
        )  # fmt: skip
        cells = self.strip(torch.zeros(1, channels, strip_length(extent), COLUMNS)).numel()
        self.squeeze = nn.Sequential(nn.Flatten(), nn.Dropout(DROPPED), nn.Linear(cells, 128), nn.ReLU())
        self.about = nn.Sequential(nn.Linear(len(highs), 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.embed = nn.Sequential(nn.Linear(ACTOR_NUMBERS + width + 64, token), nn.ReLU(), nn.Linear(token, token))
        self.attend = nn.ModuleList(Exchange(token) for _ in range(2))
        self.own = nn.Linear(128 + 64 + 2 * width, token)
        self.trunk = nn.Sequential(
            nn.Linear(128 + 64 + 2 * token + 2 * width, 256),
            nn.ReLU(),
            nn.Dropout(DROPPED),
            nn.Linear(256, 256),
            nn.ReLU(),
            nn.Dropout(DROPPED),
        )
        self.head = nn.Linear(256, modes * (1 + 2 * times) + len(WEIGHTS))
        self.foresee = nn.Sequential(nn.Linear(token, token), nn.ReLU(), nn.Linear(token, 2 * times))
        first = torch.tensor(list(WEIGHTS.values())).expm1().log()
        self.price = nn.Parameter(first)

    def numbers(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch number"]:
        """The plain features as they are observed."""
        return torch.cat([observation[key] for key in NUMBERS], dim=1)

    def forward(self, observation: Mapping[str, Tensor]) -> Advice:
        """Of observations as `as_tensors` gives them: occupancy in 0..1."""
        seen = path_view(observation, self.extent, times=self.times, dt=self.dt)
        about = self.about(torch.asinh(self.normalise(self.numbers(observation))))
        strip = self.squeeze(self.strip(seen.strip))
        patches = self.view(observation["occupancy"])
        whole = torch.cat([patches.mean((2, 3)), patches.amax((2, 3))], 1)
        there = self._under(patches, seen)
        tokens = self.embed(torch.cat([seen.actors, there, about[:, None].expand(-1, seen.actors.shape[1], -1)], -1))
        own = self.own(torch.cat([strip, about, whole], 1))
        everybody = torch.cat([own[:, None], tokens], 1)
        here = torch.cat([torch.ones_like(seen.mask[:, :1]), seen.mask], 1)
        for layer in self.attend:
            everybody = layer(everybody, here)
        worst = everybody[:, 1:].masked_fill(~seen.mask[..., None], -1e4).amax(1).clamp(min=-10.0)
        said = self.head(self.trunk(torch.cat([strip, about, everybody[:, 0], worst, whole], 1)))
        logits, moves, weights = said.split([self.modes, 2 * self.modes * self.times, len(WEIGHTS)], 1)
        moves = moves.unflatten(1, (2, self.modes, self.times))
        ego = observation["ego"]
        return Advice(
            logits,
            self._progress(ego, moves[:, 0]),
            self._offsets(ego, moves[:, 1]),
            functional.softplus(self.price + weights.clamp(-4.0, 4.0)),
            self._foreseen(seen, everybody[:, 1:]),
            seen,
        )

    def moments(self, like: Tensor) -> Float[Tensor, " time"]:
        """[s]"""
        return self.dt * torch.arange(1, self.times + 1, dtype=like.dtype, device=like.device)

    def _progress(self, ego: Tensor, moves: Tensor) -> Tensor:
        """At the speed of now + what the mode and its correction say; never backwards."""
        coasting = ego[:, None, None, 0].clamp(min=0.0) * self.moments(ego)
        grown = 0.5 * moves.cumsum(-1)
        return (coasting + self.anchors + grown).clamp(min=0.0)

    def _offsets(self, ego: Tensor, moves: Tensor) -> Tensor:
        settling = torch.exp(-((self.moments(ego) / SETTLING) ** 2))
        # free to say that it stays where it is, a network would copy the drift of now and never come back
        learned = ASIDE * torch.tanh(0.3 / ASIDE * moves.cumsum(-1))
        return ego[:, None, None, 4].clamp(-6.0, 6.0) * settling + learned

    def _foreseen(self, seen: PathView, tokens: Tensor) -> Float[Tensor, "batch actor time 3"]:
        """Straight on, but for what the tokens say, ahead and to the left of each."""
        on = seen.straight_on
        poses = on.poses.transpose(1, 2)
        shift = 0.5 * self.foresee(tokens).unflatten(-1, (-1, 2)).cumsum(-2)
        heading = poses[..., 2]
        cos, sin = torch.cos(heading), torch.sin(heading)
        x = poses[..., 0] + shift[..., 0] * cos - shift[..., 1] * sin
        y = poses[..., 1] + shift[..., 0] * sin + shift[..., 1] * cos
        now = poses[:, :, 0, :2] - self.dt * on.velocities
        places = torch.stack([x, y], -1)
        step = torch.diff(torch.cat([now[:, :, None], places], 2), dim=2)
        # who hardly moves keeps looking where it looked
        moves = step.square().sum(-1) > 0.25
        facing = torch.where(moves, torch.atan2(step[..., 1], torch.where(moves, step[..., 0], 1.0)), heading)
        return torch.cat([places, facing.detach()[..., None]], -1)

    def _under(self, patches: Tensor, seen: PathView) -> Float[Tensor, "batch actor feature"]:
        """What the view is like where each of the others will soon be."""
        ahead, behind, left, right = self.extent
        place = seen.straight_on.poses[:, min(1, self.times - 1), :, :2]
        col = 2.0 * (left - place[..., 1]) / (left + right) - 1.0
        row = 2.0 * (ahead - place[..., 0]) / (ahead + behind) - 1.0
        grid = torch.stack([col, row], -1)[:, :, None]
        return functional.grid_sample(patches, grid, align_corners=False)[..., 0].transpose(1, 2)


class Exchange(nn.Module):
    """Everybody looks at everybody once (Vaswani et al., 2017), and thinks about it."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.tell = nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, tokens: Float[Tensor, "batch token width"], here: Tensor) -> Float[Tensor, "batch token width"]:
        """Nobody listens to who is not there."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.ask(self.first(tokens)).chunk(3, -1)
        )
        heard = functional.scaled_dot_product_attention(query, key, value, attn_mask=here[:, None, None])
        tokens = tokens + self.tell(heard.transpose(1, 2).flatten(2))
        return tokens + self.think(self.second(tokens))
