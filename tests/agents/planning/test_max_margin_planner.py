"""The planner of learned costs: what it decides is its cheapest candidate, and it learns to find it."""

import numpy as np
import pytest
import torch
from bitwise import assert_same
from planners_for_tests import ROAD, SMALL, TINY, few_futures
from planners_for_tests import open_road as road

import agents
import envs  # noqa: F401 - registers the ids
from agents.networks.policy import as_tensors
from agents.planning.held_plan import motion_of
from agents.planning.planner_fitting import LOSSES, PlannerFitting, detached, tensors_of
from agents.planning.preview import preview
from agents.rollouts import play_levels
from envs.driving.render.overlay_shapes import check_overlays
from world_models.trajectories.limits import Start

NAME = "max-margin-planner"


@pytest.fixture(scope="module")
def futures():
    return few_futures()


@pytest.fixture(scope="module")
def trained(futures):
    return agents.make(NAME, road(), **TINY).learn(futures, progress=False)


@pytest.fixture(scope="module")
def observation():
    return road(3).reset(seed=0)[0]


def weights_of(agent):
    return {key: tensor.numpy().copy() for key, tensor in agent.tensors().items()}


def test_what_is_decided_is_the_cheapest_candidate_a_step_later(trained, observation):
    action, _ = trained.predict(observation)
    assert trained.action_space.contains(action[0])
    seen = as_tensors(observation)
    with torch.no_grad():
        found = trained.propose(seen)
        costs = trained.network(seen).cost(found.poses)
    for row in range(3):
        possible = torch.nonzero(found.feasible[row])[:, 0]
        best = min(possible.tolist(), key=lambda k: float(costs[row, k]))
        start = Start.of_observation(seen["ego"][row : row + 1])
        expected = preview(found.states[row, best][None], start, seconds=0.1, dt=0.5)
        np.testing.assert_allclose(action[row], expected[0].numpy(), atol=1e-4)


def test_batches_decide_as_rows(trained, observation):
    together, _ = trained.predict(observation)
    for row in range(3):
        alone, _ = trained.predict({key: array[row] for key, array in observation.items()})
        np.testing.assert_allclose(alone, together[row], atol=1e-4)


def test_a_plan_is_kept_to_and_each_row_has_its_own(trained, observation):
    later = {key: array[::-1].copy() for key, array in observation.items()}
    first, state = trained.predict(observation)
    kept, after = trained.predict(later, state)
    begun, _ = trained.predict(later, state, np.array([False, True, False]))
    np.testing.assert_array_equal(kept[[0, 2]], begun[[0, 2]])
    np.testing.assert_allclose(begun[1], trained.predict(later)[0][1], atol=1e-4)
    motion, states = motion_of(torch.from_numpy(state[0]))
    np.testing.assert_allclose(kept, preview(states, motion, seconds=0.2, dt=0.5).numpy(), atol=1e-5)
    np.testing.assert_allclose(first, preview(states, motion, seconds=0.1, dt=0.5).numpy(), atol=1e-5)
    shown = trained.explain(later, state)["plan"]
    np.testing.assert_allclose(shown, preview(states, motion, seconds=0.1, dt=0.5).numpy(), atol=1e-5)
    np.testing.assert_allclose(trained.explain(observation)["plan"], states[..., :3].numpy(), atol=1e-4)
    for _ in range(trained.config.execute - 2):
        _, after = trained.predict(later, after)
    anew, _ = trained.predict(later, after)
    np.testing.assert_allclose(anew, trained.predict(later)[0], atol=1e-4)


def test_a_state_of_another_batch_is_refused(trained, observation):
    _, state = trained.predict(observation)
    with pytest.raises(ValueError, match="state has 3 rows, the batch of observations has 2"):
        trained.predict({key: array[:2] for key, array in observation.items()}, state)


def test_overlays_are_legal_and_costs_are_of_the_samples(trained, observation):
    shown = trained.explain(observation)
    assert set(shown) == {"plan", "samples", "sample_costs", "occupancy", "cost_volume"}
    for row in range(3):
        check_overlays({key: array[row] for key, array in shown.items()})
    assert shown["cost_volume"].shape[1:] == (8, 32, 24)
    assert shown["occupancy"].max() < 0.5, "nothing is foreseen before it is learned"


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_on_a_few_samples_falls(loss, futures):
    agent = agents.make(NAME, road(), **TINY | {"updates": 25, "loss": loss, "learning_rate": 3e-3, "width": 6})
    fitting, batch = PlannerFitting(agent), futures.take(np.arange(6))
    losses = [fitting.step(fitting.loss(batch, torch.Generator())) for _ in range(25)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("negatives", ["langevin", "coordinates"])
def test_negatives_join_the_candidates(negatives, futures):
    agent = agents.make(NAME, road(), **TINY | {"negatives": negatives})
    fitting, batch = PlannerFitting(agent), futures.take(np.arange(2))
    seen = tensors_of(batch)
    with torch.no_grad():
        cost = detached(agent.network(seen).cost)
        pool = fitting.pool(seen, cost, torch.Generator().manual_seed(0))
    proposed = agent.propose(seen).num_candidates
    assert pool.poses.shape[1] > proposed
    assert pool.poses.isfinite().all()
    assert (pool.poses[:, proposed:, 0, 0] > -0.1).all(), "nobody drives backwards"


def test_refined_plans_cost_no_more(trained, observation):
    refined = agents.make(NAME, road(), **TINY | {"refine": 3})
    refined.network.load_state_dict(trained.network.state_dict())
    with torch.no_grad():
        cost = trained.network(as_tensors(observation)).cost
        plain, better = (torch.from_numpy(a.predict(observation)[0])[:, None] for a in (trained, refined))
        assert (cost(better) <= cost(plain) + 1e-3).all()
        assert (cost(better) < cost(plain) - 1e-3).any()


def test_saved_planners_decide_the_same(trained, observation, tmp_path):
    trained.save(tmp_path / "planner.safetensors")
    again = agents.load(tmp_path / "planner.safetensors")
    assert_same(again.predict(observation)[0], trained.predict(observation)[0])
    assert again.history == trained.history


def test_it_learns_from_a_road_alone_and_goes_on_where_it_was_stopped(tmp_path):
    config, folder = TINY | {"rounds": 2}, tmp_path / "not" / "there"
    place = road(observe=(*ROAD["observe"], "actors"))  # more than it looks at
    agent = agents.make(NAME, place, **config).learn(place, checkpoint=folder, progress=False)
    assert agent.history[-1]["updates"] == 4
    assert [entry["queries"] for entry in agent.history] == [12, 12, 24, 24]
    again = agents.make(NAME, place, **config).learn(place, checkpoint=folder, resume=True, progress=False)
    assert_same(weights_of(again), weights_of(agent))
    (episode,) = play_levels(agent, place, [3])
    assert 0.0 <= episode.metrics["score"] <= 1.0


def test_it_takes_time_and_extent_from_its_environment():
    agent = agents.make(NAME, road(trajectory_dt=0.4, horizon=5))
    assert (agent.config.dt, agent.config.extent, agent.network.volumes.times) == (0.4, SMALL["extent"], 5)


def test_spaces_that_it_cannot_plan_in_are_refused_by_name():
    with pytest.raises(ValueError, match=r"'max-margin-planner' needs observe=.* the space lacks \['route'\]"):
        agents.make(NAME, road(observe=("occupancy", "ego")))
    with pytest.raises(ValueError, match=r"'max-margin-planner' plans trajectories, .* got the action space Box"):
        agents.make(NAME, road(action="continuous"))
    for wrong, message in (
        ({"loss": "max-margn"}, r"Unknown loss 'max-margn'\. Did you mean 'max-margin'\?"),
        ({"far": -1.0}, r"MaxMarginConfig.far: expected >= 0, got -1.0"),
        ({"dt": 0.0}, r"MaxMarginConfig.dt: expected > 0, got 0.0"),
    ):
        with pytest.raises(ValueError, match=message):
            agents.make(NAME, road(), **wrong)
