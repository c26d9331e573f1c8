"""Joint modes: each one future of everybody, as changes to going straight on at the speed of now."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from world_models.joint.reaction import Clock

MOST_ACCELERATION, MOST_CURVATURE = 8.0, 0.5
"""[m/s^2], [1/m]"""
LEAK = 0.02
"""Of a speed below 0: so little is driven backwards, but who stands is still drawn to drive on by gradients."""
CONTROLS = 4


@dataclass(frozen=True)
class Futures:
    """Of the others, at times 1, 2, ..."""

    poses: Float[Tensor, "*batch time actor 3"]
    scales: Float[Tensor, "*batch time actor 2"]
    """Mean error expected along and across the heading [m]: Laplace's scale."""


def unroll(
    controls: Float[Tensor, "*batch time actor 2"],
    speeds: Float[Tensor, "*#batch actor"],
    dt: float,
) -> Float[Tensor, "*batch time actor 3"]:
    """Poses of bodies that accelerate [m/s^2] and turn [1/m], each in its own frame of now.

    v' = v + a dt, ways by the mean of both; a way turns the heading by curvature times its length, half of that at its
    middle. Controls of 0 go straight on for ever.
    """
    free = speeds.unsqueeze(-2) + (controls[..., 0] * dt).cumsum(-2)
    speed = functional.leaky_relu(free, LEAK)
    first = speeds.unsqueeze(-2).expand_as(speed[..., :1, :])
    way = (0.5 * dt) * (torch.cat([first, speed[..., :-1, :]], -2) + speed)
    turn = controls[..., 1] * way
    heading = turn.cumsum(-2)
    course = heading - 0.5 * turn
    return torch.stack([(way * torch.cos(course)).cumsum(-2), (way * torch.sin(course)).cumsum(-2), heading], -1)


def placed(
    own: Float[Tensor, "*batch time actor 3"], poses: Float[Tensor, "*#batch actor 3"]
) -> Float[Tensor, "*batch time actor 3"]:
    """Poses in the frames of bodies, as seen from where the `poses` of these are."""
    x, y, heading = own.unbind(-1)
    poses = poses.unsqueeze(-3)
    cos, sin = torch.cos(poses[..., 2]), torch.sin(poses[..., 2])
    turned = heading + poses[..., 2]
    return torch.stack([poses[..., 0] + x * cos - y * sin, poses[..., 1] + x * sin + y * cos, turned], -1)


class ModeDecoder(nn.Module):
    """From tokens of modes, and from what a plan means to the others, to controls; 0 before anything is learned.

    Args:
        scene: Width of the tokens of modes.
        width: Of what is done for every candidate.
    """

    def __init__(self, scene: int, *, width: int) -> None:
        super().__init__()
        self.scene, self.clock = nn.Linear(scene, 2 * width), Clock(2 * width)
        self.base = nn.Sequential(nn.ReLU(), nn.Linear(2 * width, width))
        self.react = nn.Linear(width, width)
        self.controls = nn.Linear(width, CONTROLS)
        nn.init.zeros_(self.controls.weight)
        nn.init.zeros_(self.controls.bias)

    def forward(
        self,
        tokens: Float[Tensor, "batch mode actor scene"],
        meant: Float[Tensor, "batch candidate time actor width"] | None,
        seconds: Float[Tensor, " time"],
    ) -> tuple[Float[Tensor, "batch candidate mode time actor 2"], Float[Tensor, "batch candidate mode time actor 2"]]:
        """(accelerations and curvatures, scales of `Futures`); one candidate where there is no plan to react to."""
        base = self.base(self.scene(tokens)[:, :, None] + self.clock(seconds)[:, None])[:, None]
        found = base if meant is None else base + self.react(meant)[:, :, None]
        raw = self.controls(torch.relu_(found))
        controls = torch.tanh(raw[..., :2] / raw.new_tensor([2.0, 4.0])) * raw.new_tensor(
            [MOST_ACCELERATION, MOST_CURVATURE]
        )
        usual = torch.stack([0.2 + 0.4 * seconds, 0.1 + 0.1 * seconds], -1)[:, None]
        return controls, usual * torch.exp(raw[..., 2:].clamp(-3.0, 2.0))
