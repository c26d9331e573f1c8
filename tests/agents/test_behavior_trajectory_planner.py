"""The planner of two halves: candidates choose, descent refines, and imitation reaches the costs through it."""

import numpy as np
import pytest
import torch
from bitwise import assert_same
from planners_for_tests import TINY, few_futures
from planners_for_tests import open_road as road

import agents
import envs  # noqa: F401 - registers the ids
from agents.networks.policy import as_tensors
from agents.planning.planner_fitting import detached, tensors_of
from agents.planning.unrolled_fitting import BehaviorTrajectoryFitting
from agents.rollouts import play_levels
from world_models.costs.gathered import GatheredVolume

NAME = "behavior-trajectory-planner"


@pytest.fixture(scope="module")
def futures():
    return few_futures()


@pytest.fixture(scope="module")
def trained(futures):
    return agents.make(NAME, road(), **TINY).learn(futures, progress=False)


@pytest.fixture(scope="module")
def observation():
    return road(4).reset(seed=0)[0]


def with_halves(agent, halves, **config):
    other = agents.make(NAME, road(), **TINY, halves=halves, **config)
    other.network.load_state_dict(agent.network.state_dict())
    return other


def test_refined_plans_never_cost_more_than_the_candidate_chosen(trained, observation):
    seen = as_tensors(observation)
    with torch.no_grad():
        for tether in (0.0, 1.0):
            plan, found, costs, judged = with_halves(trained, "both", tether=tether).decide(seen)
            after, before = judged.cost(plan[:, None, :, :3])[:, 0], costs.amin(1)
            assert (after <= before + 1e-5).all()
            assert tether or (after < before - 1e-3).any(), "nothing was refined"
        chosen, *_ = with_halves(trained, "behavior").decide(seen)
    np.testing.assert_allclose(chosen, found.select(costs.argmin(1)).states[:, 0])


def test_the_trajectory_alone_begins_with_one_proposal(trained, observation):
    alone, seen = with_halves(trained, "trajectory"), as_tensors(observation)
    with torch.no_grad():
        plan, found, *_ = alone.decide(seen)
    assert found.num_candidates == 1
    assert (plan[..., :2] - found.states[:, 0, :, :2]).abs().max() > 1e-3


def test_imitation_reaches_the_network_through_the_steps(trained, futures):
    fitting, batch = BehaviorTrajectoryFitting(trained), futures.take(np.arange(6))
    seen = tensors_of(batch)
    judged = trained.network(seen)
    assert isinstance(judged.cost.volume, GatheredVolume)
    pool = fitting.pool(seen, detached(judged.cost), torch.Generator())
    loss = fitting.imitation_loss(judged.cost, batch, pool).mean()
    slopes = torch.autograd.grad(loss, (trained.network.weights, judged.cost.volume.values), allow_unused=False)
    assert all(slope.isfinite().all() and slope.abs().max() > 0 for slope in slopes)


def test_refined_candidates_join_what_keeps_the_margin(trained, futures):
    seen = tensors_of(futures.take(np.arange(3)))
    with torch.no_grad():
        cost = trained.network(seen).cost
        counts = {
            halves: BehaviorTrajectoryFitting(with_halves(trained, halves)).pool(seen, cost, torch.Generator())
            for halves in ("both", "behavior", "trajectory")
        }
    proposed = trained.propose(seen).num_candidates
    sizes = {halves: pool.poses.shape[1] for halves, pool in counts.items()}
    assert sizes == {"both": proposed + 4, "behavior": proposed, "trajectory": 2}
    own = counts["both"].poses
    assert (cost(own[:, proposed:]) <= cost(own[:, :proposed]).topk(4, largest=False).values + 0.5).all()


def test_the_loss_on_a_few_samples_falls(futures):
    agent = agents.make(NAME, road(), **TINY | {"updates": 12, "learning_rate": 5e-3, "width": 6})
    fitting, batch = BehaviorTrajectoryFitting(agent), futures.take(np.arange(4))
    losses = [fitting.step(fitting.loss(batch, torch.Generator())) for _ in range(12)]
    assert losses[-1] < 0.85 * losses[0]


def test_the_blind_do_not_know_how_they_move_and_others_do(observation):
    changed = {**observation, "ego": observation["ego"].copy()}
    changed["ego"][:, :4] += 0.1
    for blind in (True, False):
        agent = agents.make(NAME, road(), **TINY, blind=blind)
        volumes = [agent.network(as_tensors(seen)).cost.volume.values for seen in (observation, changed)]
        assert torch.equal(*volumes) == blind


def test_leaving_the_road_costs_in_hindsight(trained, futures):
    fitting, batch = BehaviorTrajectoryFitting(trained), futures.take(np.arange(6))
    straight_off = torch.zeros(6, 1, 8, 3)
    straight_off[..., 1], straight_off[..., 2] = torch.linspace(2.0, 11.0, 8), np.pi / 2
    at_once = torch.cat([straight_off, batch.expert[:, None]], 1)
    price = fitting.task_loss(at_once, batch)
    fitting.settings = agents.make(NAME, road(), **TINY, off_road=0.0).config
    more = price - fitting.task_loss(at_once, batch)
    assert (more[:, 1] == 0.0).all(), "the expert's own way is never blamed"
    assert set(more[:, 0].unique().tolist()) == {0.0, 5.0}


def test_saved_planners_decide_the_same_and_drive(trained, observation, tmp_path):
    trained.save(tmp_path / "planner.safetensors")
    again = agents.load(tmp_path / "planner.safetensors")
    assert_same(again.predict(observation)[0], trained.predict(observation)[0])
    (episode,) = play_levels(again, road(), [3])
    assert 0.0 <= episode.metrics["score"] <= 1.0


def test_bad_settings_are_refused_by_name():
    for wrong, message in (
        ({"halves": "behaviour"}, r"Unknown half 'behaviour'\. Did you mean 'behavior'\?"),
        ({"hard_negatives": -1}, r"BehaviorTrajectoryConfig.hard_negatives: expected >= 0, got -1"),
        ({"handed": "stp"}, r"Unknown handed 'stp'\. Did you mean 'step'\?"),
        ({"execute": 1}, r"BehaviorTrajectoryConfig.execute: expected >= 2 where handed='step', got 1"),
        ({"places": ()}, r"BehaviorTrajectoryConfig.places: expected one place at least, got none"),
    ):
        with pytest.raises(ValueError, match=message):
            agents.make(NAME, road(), **wrong)
