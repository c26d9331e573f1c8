"""What it costs to plan by MPC, and to differentiate through the plan: a bicycle with every kind of limit."""

from functools import partial

import torch
from torch import Tensor

from experiments.control_rates import back, milliseconds
from experiments.rates import Once
from world_models.control import Constraint, MPCOptions, MPCSolution, Softness, mpc

STEP = 0.5  # [s]
HIGH, SLEW = (3.0, 0.5), (1.5, 0.2)
"""Of acceleration [m/s^2] and steering [rad], and of their changes from step to step."""
SPEED = Constraint(lambda x, u, p: x[..., 3:], soft=Softness(10.0), name="speed")
"""At least zero, or it is paid for."""
ROAD = 100
"""Steps of a lane that is planned along again and again."""
TRIALS = 5


def decision_milliseconds(*, horizon: int = 9) -> Once:
    """Of one vehicle that goes on planning from where its last plan has brought it."""
    inputs = _drawn(1, ROAD)
    lane, plans = inputs["wanted"], []

    def decide() -> None:
        at = len(plans) % (ROAD - horizon)
        ahead = {**inputs, "wanted": lane[:, at : at + horizon]}
        if at:
            ahead |= {"x0": plans[-1].x[:, 1], "before": plans[-1].u[:, 0]}
        plans.append(_plan(ahead, start=plans[-1].shifted() if at else None))

    decide()
    return partial(milliseconds, decide, trials=TRIALS)


def forward_milliseconds(*, batch: int = 32, horizon: int = 20) -> Once:
    """Of a batch, from scratch."""
    return partial(milliseconds, partial(_plan, _drawn(batch, horizon)), trials=TRIALS)


def backward_milliseconds(*, batch: int = 32, horizon: int = 20) -> Once:
    """From the derivatives by states and controls to those by start, reference, weights and wheelbase."""
    inputs = {name: part.requires_grad_() for name, part in _drawn(batch, horizon).items()}
    plan = _plan(inputs)
    return partial(milliseconds, back((plan.x, plan.u), list(inputs.values())), trials=TRIALS)


def worst_residual(*, batch: int = 32, horizon: int = 20) -> Once:
    """The largest violation of the conditions of optimality of any item."""
    return lambda: float(_plan(_drawn(batch, horizon)).kkt_residual.max())


def _plan(inputs: dict[str, Tensor], *, start: MPCSolution | None = None) -> MPCSolution:
    high, slew = inputs["x0"].new_tensor(HIGH), inputs["x0"].new_tensor(SLEW)
    return mpc(
        _cost,
        _moved,
        inputs["x0"],
        {"weights": inputs["weights"], "wheelbase": inputs["wheelbase"]},
        horizon=inputs["wanted"].shape[1],
        stages={"wanted": inputs["wanted"]},
        u_min=-high,
        u_max=high,
        constraints=[SPEED],
        slew=slew,
        u_before=inputs["before"],
        start=start,
        options=MPCOptions(broadcasts=True),
    )


def _cost(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    return 0.5 * (p["weights"] * torch.cat([x - p["wanted"], u], -1).square()).sum(-1)


def _moved(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    (heading, speed), (pressed, steering) = x[..., 2:].unbind(-1), u.unbind(-1)
    way = STEP * (speed + 0.5 * STEP * pressed)
    turn = way * torch.tan(steering) / p["wheelbase"][..., 0]
    middle = heading + 0.5 * turn
    return x + torch.stack([way * torch.cos(middle), way * torch.sin(middle), turn, STEP * pressed], -1)


def _drawn(batch: int, horizon: int) -> dict[str, Tensor]:
    """Starts beside a lane that winds, of other speeds and headings."""
    draws = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(batch, *shape, generator=draws, dtype=torch.float64)

    speed = 6.0 + normal(1)
    along = STEP * speed * torch.arange(horizon, dtype=torch.float64)
    wanted = [along, 2.0 * torch.sin(along / 15.0), torch.atan(torch.cos(along / 15.0) / 7.5), speed.expand_as(along)]
    return {
        "x0": torch.tensor([0.0, 0.0, 0.1, 6.0]) + 0.7 * normal(4) * torch.tensor([1.0, 1.0, 0.2, 1.0]),
        "wanted": torch.stack(wanted, -1),
        "weights": torch.tensor([1.0, 1.0, 0.5, 0.5, 0.3, 5.0]) * torch.exp(0.2 * normal(6)),
        "wheelbase": 2.8 + 0.2 * normal(1),
        "before": torch.zeros(batch, 2, dtype=torch.float64),
    }
