"""The optimal control problem that is planned by: what it costs not to do what the reference says, and what may not be.

States are (x, y, heading, speed) in the ego frame of now, controls (acceleration, steering angle), every `dt`. The
functions broadcast over any leading axes; parameters and stages are found by name in `p`.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.mpc_layer.corridor import FAR
from agents.mpc_layer.network import WEIGHTS
from agents.mpc_layer.reference import Reference
from agents.mpc_layer.vehicle import WHEELBASE, bend, drive, slip
from world_models.control.mpc import mpc
from world_models.control.nonlinear.options import Constraint, MPCOptions, Softness
from world_models.control.nonlinear.solution import MPCSolution
from world_models.trajectories.limits import Start, steering_of

BOUNDS = (6.0, 0.6)
"""Largest acceleration [m/s^2] and steering angle [rad], both ways."""
SLEW = (4.0, 0.3)
"""Largest change of either in a step."""
PRICES = {"limits": Softness(20.0, 20.0), "others": Softness(1.0, 2.0), "comfort": Softness(3.0, 3.0)}
BRAKING, PRESSING, JERK = 3.9, 2.3, 3.0
"""What is comfortable [m/s^2], [m/s^3], a little inside what the score calls so. A stop at less than 2.2 m/s^2, which
such a jerk leads to, is not felt when it ends."""
OPTIONS = MPCOptions(broadcasts=True, remembers=True, smoothing=1e-3, tol=1e-5, max_iterations=40)
"""Rounded corners of the constraints have slopes to learn by, and are found sooner."""
OVER = 1.02
"""Of the limit is not yet too fast []."""


@dataclass(frozen=True)
class Control:
    """The problem for plans at steps of `dt`."""

    dt: float
    options: MPCOptions = OPTIONS

    def cost(self, x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
        """Of one stage."""
        weights = dict(zip(WEIGHTS, p["weights"].unbind(-1), strict=True))
        along, across, turned = errors(x, p)
        pressed, steering = u.unbind(-1)
        was_pressed, was_steering = p["before"].unbind(-1)
        course = turned + slip(steering)
        lateral = x[..., 3].square() * bend(steering)
        terms = {
            "along": p["share"] * along.square(), "across": across.square(), "course": course.square(),
            "speed": p["share"] * (x[..., 3] - p["speed"]).square(), "acceleration": pressed.square(),
            "lateral": lateral.square(), "jerk": (pressed - was_pressed).square(),
            "swing": 100.0 * (steering - was_steering).square(),
        }  # fmt: skip
        return 0.5 * torch.stack([weights[name] * term for name, term in terms.items()]).sum(0)

    def dynamics(self, x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
        """A step later."""
        return drive(x, u, self.dt, WHEELBASE)

    def limits(self, x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
        """Not backwards, and not faster than is allowed."""
        return torch.stack([x[..., 3], p["limit"] - x[..., 3]], -1)

    def comfort(self, x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
        """Left of comfortable braking, pressing, and changes of either; who must brake harder pays for it."""
        pressed = u[..., 0]
        change, most = pressed - p["before"][..., 0], JERK * self.dt
        return torch.stack([pressed + BRAKING, PRESSING - pressed, most - change, most + change], -1)

    def others(self, x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
        """Room left before whoever is in the way, in units of which one costs 1."""
        along = errors(x, p)[0]
        price = p["weights"][..., list(WEIGHTS).index("others")]
        return (price * (p["room"] - p["s"] - along))[..., None]


@dataclass(frozen=True)
class Task:
    """One problem a row: all that it depends on."""

    control: Control
    start: Start
    reference: Reference
    weights: Float[Tensor, "batch weight"]
    room: Float[Tensor, "batch time"]
    limit: Float[Tensor, " batch"]

    def solve(self) -> MPCSolution:
        """In double precision; differentiable in the reference, the weights and the room."""
        control, start, reference = self.control, self.start, self.reference
        x0 = start.motion(WHEELBASE)[:, :4].double()
        bounds = torch.tensor(BOUNDS, dtype=torch.float64)
        before = torch.stack([start.acceleration, steering_of(start.curvature, WHEELBASE)], -1).double()
        stages = stages_of(reference, self.room, start, control.dt)
        stages = {name: part.double() for name, part in stages.items()}
        horizon = reference.s.shape[1] + 1
        # what is now can no longer be changed
        stages["share"] = (torch.arange(horizon) > 0).double()[None]
        limit = torch.maximum(OVER * self.limit, start.speed)
        return mpc(
            control.cost,
            control.dynamics,
            x0,
            {"weights": self.weights.double(), "limit": limit.double()},
            horizon=horizon,
            stages=stages,
            u_min=-bounds,
            u_max=bounds,
            constraints=tuple(Constraint(getattr(control, name), soft, name) for name, soft in PRICES.items()),
            slew=torch.tensor(SLEW, dtype=torch.float64),
            u_before=torch.maximum(torch.minimum(before, bounds), -bounds),
            options=control.options,
        )


def errors(x: Tensor, p: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """How far ahead and to the left of the reference [m], and turned from it [rad]; near it the path is a parabola."""
    dx, dy = x[..., 0] - p["x"], x[..., 1] - p["y"]
    cos, sin = torch.cos(p["course"]), torch.sin(p["course"])
    along, left = dx * cos + dy * sin, dy * cos - dx * sin
    turned = x[..., 2] - p["course"]
    return along, left - 0.5 * p["bend"] * along.square(), turned - p["bend"] * along


def stages_of(reference: Reference, room: Tensor, start: Start, dt: float) -> dict[str, Float[Tensor, "batch stage"]]:
    """What the reference says of now and of each time after; the ego is where it is."""
    zero = torch.zeros_like(reference.now)
    s = torch.cat([zero[:, None], reference.s, 2.0 * reference.s[:, -1:] - reference.s[:, -2:-1]], 1)
    # at the end of steps: by how far it is from the time before to the time after
    speed = (s[:, 2:] - s[:, :-2]) / (2.0 * dt)
    now = {
        "x": zero,
        "y": zero,
        "course": reference.now,
        "speed": start.speed,
        "s": zero,
        "bend": zero,
        "room": zero + FAR,
    }
    later = {
        "x": reference.x,
        "y": reference.y,
        "course": reference.course,
        "speed": speed,
        "s": reference.s,
        "bend": reference.curvature,
    }
    return {name: torch.cat([now[name][:, None], part], 1) for name, part in {**later, "room": room}.items()}


def states_of(
    solution: MPCSolution, dt: float, fallback: Float[Tensor, "batch time 7"]
) -> Float[Tensor, "batch time 7"]:
    """The plans, with columns as in a `TrajectorySet`; the fallback where there is no solution."""
    x, u = solution.x[:, 1:].detach(), solution.u.detach()
    # controls are held through steps, and plans are read as if they changed evenly from state to state
    u = 0.5 * (u[:, :-1] + u[:, 1:])
    times = (dt * torch.arange(1, x.shape[1] + 1).to(x)).expand(len(x), -1)
    speed = x[..., 3].clamp(min=0.0)
    states = torch.stack([*x[..., :3].unbind(-1), speed, u[..., 0], bend(u[..., 1]), times], -1).to(fallback)
    return torch.where(solution.solved[:, None, None], states, fallback)
