"""Going on as a plan does at a moment: closed forms on lines and arcs."""

import math

import torch

from agents.planning.onward import onward
from world_models.trajectories.limits import Start
from world_models.trajectories.trajectory_set import ACCELERATION, CURVATURE, SPEED


def plan(speeds, accelerations, curvatures) -> torch.Tensor:
    states = torch.zeros(1, len(speeds), 7, dtype=torch.float64)
    for column, values in ((SPEED, speeds), (ACCELERATION, accelerations), (CURVATURE, curvatures)):
        states[0, :, column] = torch.tensor(values, dtype=torch.float64)
    return states


def start(speed: float, acceleration: float = 0.0, curvature: float = 0.0) -> Start:
    return Start(*(torch.tensor([value], dtype=torch.float64) for value in (speed, acceleration, curvature)))


def test_on_a_line_the_acceleration_of_the_step_lasts_from_the_speed_at_its_beginning():
    states = plan([11.0, 11.0], [4.0, -4.0], [0.0, 0.0])
    found = onward(states, start(10.0), seconds=0.2, step=0.1, dt=0.5)[0]
    # 0.25 s on, half of the way from 0 to 4 m/s^2; in the first 0.2 s, 8 m/s^3 have made 0.16 m/s
    times = torch.tensor([0.5, 1.0], dtype=torch.float64)
    assert torch.allclose(found[:, 0], 10.16 * times + times.square())
    assert found[:, 1:].abs().max() == 0.0


def test_on_an_arc_it_stays_on_the_circle():
    states = plan([8.0] * 3, [0.0] * 3, [0.1] * 3)
    found = onward(states, start(8.0, 0.0, 0.1), seconds=0.3, step=0.1, dt=0.5, wheelbase=0.0)
    x, y, heading = found[0].unbind(-1)
    assert torch.allclose(x.square() + (y - 10.0).square(), torch.full_like(x, 100.0))
    assert torch.allclose(heading, 0.8 * torch.tensor([0.5, 1.0, 1.5], dtype=torch.float64))


def test_who_brakes_comes_to_a_stand_and_stays():
    states = plan([1.0, 0.0, 0.0, 0.0], [-2.0] * 4, [0.0] * 4)
    found = onward(states, start(2.0, -2.0), seconds=0.0, step=0.1, dt=0.5)[0, :, 0]
    assert torch.allclose(found, torch.tensor([0.75, 1.0, 1.0, 1.0], dtype=torch.float64))


def test_behind_the_last_state_it_stays_as_there():
    states = plan([9.0, 5.0], [0.0, -1.0], [0.0, 0.05])
    ends = [onward(states, start(10.0), seconds=seconds, step=0.1, dt=0.5) for seconds in (1.0, 7.0)]
    assert torch.equal(*ends)
    assert math.isclose(ends[0][0, 0, 2].item(), 0.05 * (2.5 - 0.125))
