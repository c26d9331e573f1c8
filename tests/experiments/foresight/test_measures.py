"""Whoever is told the truth makes no error, and is as sensitive to actions as the world; the blind are not at all."""

import numpy as np
import pytest
import torch

from experiments.environments import make_env
from experiments.foresight.measuring import summary
from experiments.foresight.moving import flowing, owed, placed
from experiments.foresight.occupied import occupied, true_ego
from experiments.foresight.scenes import chunks, held_out
from world_models import make

ROADS = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors"), "demand": 1.0}


@pytest.fixture(scope="module", params=["grid", "road"])
def told(request):
    """(a model of the place, scenes there, and what came, as if it had been foreseen)."""
    is_grid = request.param == "grid"
    env = make_env("GridNav-v0", {"size": 8}) if is_grid else make_env("Intersection-v0", ROADS)
    model = make("constant-velocity", env)
    situations = held_out(env, states=6, branches=3, horizon=3, seed=0)
    scenes = next(chunks(situations, model.spec))
    found = {"occupancy": scenes.occupancy[:, :, None]}
    if is_grid:
        found["cell"] = scenes.occupancy[:, :, None, :, model.spec.foreseen.index("agent")]
        found["to_go"] = scenes.windows.to_go.unflatten(0, (6, 3))[:, :, None, 1:]
    else:
        found["flow"] = scenes.flow[:, :, None]
        found["ego"] = torch.nn.functional.pad(true_ego(scenes), (0, 3))[:, :, None]
    return model, scenes, found


def test_the_truth_has_no_error(told):
    model, scenes, found = told
    means = summary({n: v.double().numpy() for n, v in occupied(model, scenes, found).items()}, scenes.levels)
    shares = [means[name]["mean"] for name in means if name.startswith(("soft_iou", "auc"))]
    assert [share for share in shares if share is not None] == pytest.approx([1.0] * sum(s is not None for s in shares))
    assert means["factual"]["mean"] == pytest.approx(0.0, abs=1e-6)
    assert means["counterfactual"]["mean"] == pytest.approx(0.0, abs=1e-6)
    assert means["sensitivity"]["mean"] == pytest.approx(1.0)


def test_who_foresees_one_future_for_all_actions_is_blind_to_them(told):
    model, scenes, found = told
    blind = {name: part[:, :1] for name, part in found.items()}
    measures = occupied(model, scenes, blind)
    assert np.nansum(measures["change"]) == 0.0
    assert np.nansum(measures["changed"]) > 0.0
    assert np.nansum(measures["counterfactual"]) > 0.0


def test_places_flows_and_prices_are_those_that_came(told):
    model, scenes, found = told
    if "cell" in found:
        assert np.nanmin(placed(model, scenes, found)["place/3"]) == 1.0
        assert np.nanmax(owed(scenes, found)["to_go"]) == 0.0
        elsewhere = {**found, "cell": found["cell"].roll(1, dims=-1)}
        assert np.nanmax(placed(model, scenes, elsewhere)["place/3"]) == 0.0
    else:
        still = {"flow": torch.zeros_like(found["flow"])}
        assert np.nanmax(flowing(scenes, found)["epe/3"]) == 0.0
        assert np.nanmax(flowing(scenes, still)["epe/3"]) > 0.0
