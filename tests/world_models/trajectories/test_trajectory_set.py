"""Sets of candidates: joined, selected, and without repeats."""

import pytest
import torch

from world_models.trajectories.limits import Limits, Start, slip_of
from world_models.trajectories.trajectory_set import Motion, TrajectorySet


def made(count=5, seed=0, **traits):
    states = torch.randn(2, count, 4, 7, generator=torch.Generator().manual_seed(seed))
    numbers = torch.arange(count).expand(2, count)
    return TrajectorySet(states, torch.ones(2, count, dtype=torch.bool), {"number": numbers, **traits})


def test_joining_and_selecting_keep_states_and_traits_together():
    one, other = made(3, 1), made(4, 2)
    both = one.join(other)
    assert both.num_candidates == 7
    assert both.poses.shape == (2, 7, 4, 3)
    index = torch.tensor([[0, 4], [6, 2]])
    found = both.select(index)
    torch.testing.assert_close(found.states[0, 1], other.states[0, 1])
    torch.testing.assert_close(found.states[1, 1], one.states[1, 2])
    assert found.traits["number"].tolist() == [[0, 1], [3, 2]]
    assert both.select(torch.tensor([1, 5])).states.shape == (2, 1, 4, 7)


def test_sets_of_other_traits_are_not_joined():
    with pytest.raises(ValueError, match=r"Expected traits \['number'\], found \['number', 'speed'\]"):
        made().join(made(speed=torch.zeros(2, 5)))


def test_of_equal_candidates_one_stays_feasible():
    one = made(6)
    states = one.states.clone()
    states[0, [1, 4]] = states[0, 3].clone()
    states[1, 2:] = 0.0
    feasible = one.feasible.clone()
    feasible[1, 2] = False
    found = TrajectorySet(states, feasible).without_repeats().feasible
    assert found[0, [0, 2, 5]].all()
    assert found[0, [1, 3, 4]].sum() == 1
    assert found[1, :2].all()
    assert not found[1, 2]
    assert found[1, 3:].sum() == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("speed", -0.1), ("speed", 41.0), ("acceleration", -6.1), ("curvature", 0.24), ("x", float("nan"))],
)
def test_what_exceeds_a_limit_once_is_infeasible(column, value):
    motion = Motion(*torch.zeros(6, 2, 4))._replace(speed=torch.full((2, 4), 3.0))
    assert Limits().admit(motion).all()
    getattr(motion, column)[1, 2] = value
    assert Limits().admit(motion).tolist() == [True, False]


def test_a_curve_too_fast_is_infeasible_and_who_stands_turns_no_wheel():
    speed, curvature = torch.tensor([[10.0], [10.0], [0.0]]), torch.tensor([[0.04], [0.06], [9.0]])
    motion = Motion(*torch.zeros(6, 3, 1))._replace(speed=speed, curvature=curvature)
    assert Limits().admit(motion).tolist() == [True, False, True]


def test_limits_are_numbers_above_0():
    with pytest.raises(ValueError, match="curvature must be finite and greater than 0"):
        Limits(curvature=0.0)


def test_the_start_of_an_observation_turns_as_the_bicycle_does():
    ego = torch.tensor([[5.0, -1.0, 0.3, 0.0]], dtype=torch.float64)
    start = Start.of_observation(ego)
    torch.testing.assert_close(torch.tan(start.slip(2.8)), 0.5 * torch.tan(ego[:, 2]))
    torch.testing.assert_close(torch.sin(slip_of(start.curvature, 2.8)), 1.4 * start.curvature)
