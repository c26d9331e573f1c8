"""A bicycle that plans by MPC, and what it is asked to do.

v' = v + a dt,   v_m = (v + v') / 2,   beta = atan(tan(steering) / 2)
x' = x + v_m cos(heading + beta) dt,   y' likewise,   heading' = heading + v_m sin(beta) / (wheelbase / 2) dt
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from world_models.control import MPCOptions, MPCSolution, mpc

HORIZON, STEP_SECONDS = 15, 0.3
WHEELBASE = 2.8
"""[m]"""
LIMITS = (4.0, 0.6)
"""Of acceleration [m/s^2] and steering [rad], both ways."""
WEIGHTS = (1.0, 1.0, 0.5, 0.3, 5.0)
"""Of position, heading, speed, acceleration and steering, squared."""
OTHER_WEIGHTS = (1.0, 1.0, 0.5, 0.3, 1.0)
"""Of an expert who minds steering less than the learner thinks."""
Hessian = Literal["exact", "gauss_newton", "linearised"]
HESSIANS: tuple[Hessian, ...] = ("exact", "gauss_newton", "linearised")


@dataclass(frozen=True)
class Tasks:
    """Starts, and where to be: all along a lane, or at the end of the plan alone."""

    starts: Tensor  # [batch x]: x, y [m], heading [rad], speed [m/s]
    wanted: Tensor  # [batch time x]
    shares: Tensor  # [1 time]: how much states matter when
    weights: Tensor  # [1 weight]

    def plan(self, wheelbase: Tensor, *, hessian: Hessian = "exact", start: MPCSolution | None = None) -> MPCSolution:
        """With this idea of the wheelbase [batch or 1]."""
        limits = self.starts.new_tensor(LIMITS)
        return mpc(
            stage_cost,
            moved,
            self.starts,
            {"wheelbase": wheelbase[:, None], "weights": self.weights},
            horizon=HORIZON,
            stages={"wanted": self.wanted, "share": self.shares},
            u_min=-limits,
            u_max=limits,
            start=start,
            options=MPCOptions(broadcasts=True, hessian_backward=hessian, warm_smoothing=1e-5),
        )


TASKS = ("lane", "goal")
"""To follow a bent lane, or to be at its end with its heading and speed after 4.5 s, whichever way."""


def drawn(task: str, batch: int, draws: torch.Generator, weights: tuple[float, ...] = WEIGHTS) -> Tasks:
    """Lanes of constant curvature at 4 to 8 m/s, from beside them, at another speed and heading."""
    speed = 4.0 + 4.0 * torch.rand(batch, 1, generator=draws, dtype=torch.float64)
    curvature = 0.08 * _normal(draws, batch, 1).clamp(-1.5, 1.5)
    heading = speed * curvature * STEP_SECONDS * torch.arange(HORIZON, dtype=torch.float64)
    moves = (speed * STEP_SECONDS)[..., None] * torch.stack([torch.cos(heading), torch.sin(heading)], -1).roll(1, 1)
    moves[:, 0] = 0.0
    wanted = torch.cat([moves.cumsum(1), heading[..., None], speed.expand_as(heading)[..., None]], -1)
    off = torch.tensor([0.0, 1.0, 0.2, 1.0], dtype=torch.float64) * _normal(draws, batch, 4)
    shares = torch.ones(1, HORIZON, dtype=torch.float64)
    if task == "goal":
        shares = torch.nn.functional.one_hot(torch.tensor([HORIZON - 1]), HORIZON).double() * HORIZON
    return Tasks(wanted[:, 0] + off, wanted, shares, torch.tensor([weights], dtype=torch.float64))


def moved(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """The state one step later."""
    (heading, speed), (pressed, steering) = x[..., 2:].unbind(-1), u.unbind(-1)
    slip = torch.atan(0.5 * torch.tan(steering))
    way = (speed + 0.5 * STEP_SECONDS * pressed) * STEP_SECONDS
    turn = way * torch.sin(slip) / (0.5 * p["wheelbase"][..., 0])
    gains = [way * torch.cos(heading + slip), way * torch.sin(heading + slip), turn, STEP_SECONDS * pressed]
    return x + torch.stack(gains, -1)


def stage_cost(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """Half the weighted squares."""
    place, heading, speed, acceleration, steering = p["weights"].unbind(-1)
    off = (x - p["wanted"]).square()
    states = place * (off[..., 0] + off[..., 1]) + heading * off[..., 2] + speed * off[..., 3]
    return 0.5 * (p["share"] * states + acceleration * u[..., 0].square() + steering * u[..., 1].square())


def _normal(draws: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=draws, dtype=torch.float64)
