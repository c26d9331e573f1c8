"""What is handed from one search to the next, and the tables of planners."""

import pytest
import torch
from bitwise import assert_same
from toy_models_for_tests import adder, draws_of, latent_of

from world_models import planners
from world_models.costs.grid_costs import LatentGoal
from world_models.planners.begin import begin_warm
from world_models.planners.cem import CEM
from world_models.planners.mppi import MPPI
from world_models.planners.plan import Warm, ahead
from world_models.planners.presets import PRESETS, preset
from world_models.spec import Actions, Spec


def test_what_is_left_repeats_the_last_step():
    part = torch.arange(10).view(2, 5)
    assert ahead(part, 0).tolist() == part.tolist()
    assert ahead(part, 2).tolist() == [[2, 3, 4, 4, 4], [7, 8, 9, 9, 9]]
    assert ahead(part, torch.tensor([1, 9])).tolist() == [[1, 2, 3, 4, 4], [9] * 5]


def test_choices_beyond_the_old_horizon_are_all_alike():
    spec = Spec({"x": (1,)}, Actions("discrete", 2), 1.0, (), ())
    centre = torch.tensor([[[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]]])
    warm = Warm(centre, torch.tensor([[[0, 1, 0]]]), torch.tensor([True]))
    left = begin_warm(warm, 2, spec, latent_of((0.0,)), horizon=3, kept=1)
    assert left.centre.tolist() == [[[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]]
    assert left.elites.tolist() == [[[0, 0, 0]]]


def test_a_warm_start_survives_the_way_through_arrays_and_rows():
    args = (adder(), latent_of((0.0, 0.0), (1.0, 1.0)), LatentGoal())
    warm = CEM().plan(*args, draws=draws_of(0, 1), goal=args[1]).warm
    again = Warm.from_arrays(warm.to_arrays())
    assert_same(tuple(warm), tuple(again))
    assert all(len(part) == 2 for part in warm)
    swapped = warm.rows(torch.tensor([1, 0])).rows(torch.tensor([1, 0]))
    assert_same(tuple(warm), tuple(swapped))
    assert warm.forget(torch.tensor([True, False])).known.tolist() == [False, True]


@pytest.mark.parametrize("name", planners.PLANNERS)
def test_planners_go_by_name(name):
    assert planners.make(name, horizon=3).horizon == 3
    with pytest.raises(ValueError, match=r"Unknown planner .*Did you mean"):
        planners.make(name[:-1] + "_")


def test_presets_are_those_of_their_papers_and_run():
    tdmpc2 = preset("tdmpc2")
    assert isinstance(tdmpc2, MPPI)
    assert (tdmpc2.candidates, tdmpc2.horizon, tdmpc2.iterations, tdmpc2.temperature) == (512, 3, 6, 2.0)
    start = latent_of((0.0, 0.0))
    for name in set(PRESETS) - {"dino-wm-gradient"}:
        plan = preset(name).plan(adder(), start, LatentGoal(), draws=draws_of(0), goal=latent_of((1.0, 1.0)))
        assert plan.cost.item() < 0.1, name
    with pytest.raises(ValueError, match="Did you mean 'dino-wm'"):
        preset("dinowm")
