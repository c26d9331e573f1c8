"""The social planner: it learns what everybody does next, and plans by what it believes of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from bitwise import assert_same
from planners_for_tests import TINY as BUDGET
from planners_for_tests import open_road

import agents
import envs  # noqa: F401 - registers the ids
from agents.networks.policy import as_tensors
from agents.planning.collecting import collect_futures
from agents.planning.planner_fitting import tensors_of
from agents.social.interaction import candidate_costs
from agents.social.joint import INTERACTIONS
from agents.social_planner import SocialFitting, belief_loss
from envs.driving.render.overlay_shapes import check_overlays

torch.set_num_threads(1)
SMALL = {"num_actors": 8, "extent": (24.0, 8.0, 16.0, 16.0), "history": 1, "duration": 8.0, "demand": 1.0}
ROAD = {"observe": ("occupancy", "ego", "route", "actors"), **SMALL}
TINY = BUDGET | {"updates": 2}
NAME = "social-planner"


def road(num_envs=None, **arguments):
    return open_road(num_envs, **ROAD | arguments)


@pytest.fixture(scope="module")
def futures():
    return collect_futures(road(), count=24, num_envs=6, every=12, observe=ROAD["observe"], noise=None, progress=False)


@pytest.fixture(scope="module")
def trained(futures):
    return agents.make(NAME, road(), **TINY).learn(futures, progress=False)


@pytest.fixture(scope="module")
def observation(futures):
    """Of the three samples in which somebody is nearest."""
    everything = futures.take(np.arange(len(futures)))
    away = torch.linalg.vector_norm(everything.observation["actors"][:, :2], dim=-1)
    away[everything.observation["actors_mask"][:, 0] == 0] = torch.inf
    return {key: array[away.argsort()[:3]].numpy() for key, array in everything.observation.items()}


def thinking(trained, **config):
    """The same network under another configuration."""
    other = agents.make(NAME, road(), **TINY | config)
    other.network.load_state_dict(trained.network.state_dict())
    return other


def test_plans_are_actions_and_those_of_a_batch_those_of_its_rows(trained, observation):
    together, _ = trained.predict(observation)
    for row in range(3):
        alone, _ = trained.predict({key: array[row] for key, array in observation.items()})
        assert trained.action_space.contains(alone)
        np.testing.assert_allclose(alone, together[row], atol=1e-4)


def test_overlays_are_legal_and_show_where_the_others_are_believed_to_pass(trained, observation):
    shown = trained.explain(observation)
    for row in range(3):
        check_overlays({key: array[row] for key, array in shown.items()})
    company = trained.company(as_tensors(observation))
    ahead, _, left, _ = SMALL["extent"]
    x, y = company.samples.poses[..., 0, :2].double().unbind(-1)
    rows, cols = (ahead - x).floor().long(), (left - y).floor().long()
    inside = (rows >= 0) & (rows < 32) & (cols >= 0) & (cols < 32) & company.samples.mask[..., None]
    assert inside.any()
    for batch, actor, sample in inside.nonzero().tolist():
        believed = company.log_belief[batch, actor, sample].exp()
        assert shown["occupancy"][batch, rows[batch, actor, sample], cols[batch, actor, sample]] >= believed - 1e-4


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_beliefs_are_as_the_interaction_says(trained, observation, interaction):
    seen = as_tensors(observation)
    company = thinking(trained, interaction=interaction).company(seen)
    torch.testing.assert_close(company.log_belief.exp().sum(-1), torch.ones(company.log_belief.shape[:2]))
    apart = thinking(trained, interaction="independent").company(seen).log_belief
    same = torch.allclose(company.log_belief[company.samples.mask], apart[company.samples.mask], atol=1e-4)
    assert same == (interaction != "social")
    if interaction == "predict-then-plan":
        poses, samples = trained.propose(seen).poses, company.samples
        rows, actors = torch.arange(3)[:, None], torch.arange(samples.mask.shape[1])
        likely = samples.poses[rows, actors, company.log_belief.argmax(-1)][:, :, None]
        met = candidate_costs(poses, (4.8, 2.0), likely, samples.sizes).squeeze(3)
        expected = torch.where(samples.mask[:, :, None, None], met, 0.0).sum(1)
        torch.testing.assert_close(company.expected(poses, (4.8, 2.0), margin=1.0), expected)


def test_without_its_own_word_the_ego_does_not_reckon_with_others_who_make_way_for_it(trained, observation):
    """Whoever would be hit by its likeliest samples is not believed to be elsewhere for that; others' words count."""
    seen = as_tensors(observation)
    hearing = thinking(trained).company(seen)
    company = thinking(trained, own_word=False).company(seen)
    assert_same(company.log_belief.numpy(), hearing.log_belief.numpy())
    assert_same(hearing.reckoned.numpy(), hearing.log_belief.numpy())
    here = company.samples.mask
    assert not torch.allclose(company.reckoned[here], company.log_belief[here], atol=1e-4)
    apart = thinking(trained, interaction="independent").company(seen)
    assert not torch.allclose(company.reckoned[here], apart.reckoned[here], atol=1e-4)
    met = [
        who.expected(company.ego.poses, (4.8, 2.0), margin=1.0).sum(-1) @ torch.ones(company.ego.poses.shape[1])
        for who in (company, hearing)
    ]
    assert (met[0] >= met[1] - 1e-3).all()
    assert (met[0] > met[1] + 1e-3).any()


def test_what_is_decided_hangs_on_what_is_seen_and_on_no_future(trained, futures):
    """The same observation with other labels: costs and beliefs do not change, the loss does."""
    batch = futures.take(np.arange(6))
    other = replace(
        batch, expert=batch.expert + 5.0, actors=batch.actors - 7.0, actors_known=batch.actors_known.roll(1, 2)
    )
    costs, beliefs, losses = [], [], []
    for labels in (batch, other):
        seen = tensors_of(labels)
        with torch.no_grad():
            cost = trained.network(seen).cost
            costs.append(cost(trained.propose(seen).poses))
            beliefs.append(cost.company.log_belief)
            losses.append(belief_loss(cost.company, labels))
    assert_same(costs[0].numpy(), costs[1].numpy())
    assert_same(beliefs[0].numpy(), beliefs[1].numpy())
    assert not torch.allclose(*losses)


def test_a_candidate_through_somebody_costs_more_than_without_him(trained, observation):
    seen = as_tensors(observation)
    alone = {**seen, "actors_mask": torch.zeros_like(seen["actors_mask"])}
    with torch.no_grad():
        cost, free = trained.network(seen).cost, trained.network(alone).cost
        poses = cost.company.samples.poses[:, 0]  # as the nearest of the others would drive
        there = cost.company.samples.mask[:, 0]
        assert there.any()
        torch.testing.assert_close(free.by_time(poses), free.alone(poses))
        extra = cost.by_time(poses) - cost.alone(poses)
    assert (extra >= 0).all()
    assert (extra[there].sum(-1).amax(-1) > 1.0).all()


def test_the_loss_on_a_few_samples_falls(futures):
    agent = agents.make(NAME, road(), **TINY | {"updates": 12, "learning_rate": 5e-3, "width": 6})
    fitting, batch = SocialFitting(agent), futures.take(np.arange(4))
    before = belief_loss(agent.network(tensors_of(batch)).cost.company, batch).mean().item()
    losses = [fitting.step(fitting.loss(batch, torch.Generator())) for _ in range(12)]
    assert losses[-1] < 0.9 * losses[0]
    assert belief_loss(agent.network(tensors_of(batch)).cost.company, batch).mean().item() < before


def test_everything_that_is_learned_takes_a_gradient(futures):
    agent = agents.make(NAME, road(), **TINY)
    fitting, batch = SocialFitting(agent), futures.take(np.arange(24))
    fitting.loss(batch, torch.Generator()).backward()
    for name, weight in agent.network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
    assert (agent.network.strengths.grad != 0).all()


def test_it_learns_from_an_environment_and_saved_it_decides_the_same(observation, tmp_path):
    env = road()
    trained = agents.make(NAME, env, **TINY | {"updates": 2, "samples": 12}).learn(env, progress=False)
    assert trained.history[-1]["updates"] == 2
    assert trained.history[-1]["queries"] == 12
    trained.save(tmp_path / "planner.safetensors")
    again = agents.load(tmp_path / "planner.safetensors")
    assert_same(again.predict(observation)[0], trained.predict(observation)[0])


def test_what_is_missing_or_wrong_is_named():
    with pytest.raises(ValueError, match=r"Agent 'social-planner' needs observe=\(.*'actors'\), the space lacks"):
        agents.make(NAME, road(observe=("occupancy", "ego", "route")))
    with pytest.raises(ValueError, match=r"Unknown interaction 'sociable'\. Did you mean 'social'\?"):
        agents.make(NAME, road(), interaction="sociable")
    with pytest.raises(ValueError, match=r"SocialConfig.nearest: expected >= 1, got 0"):
        agents.make(NAME, road(), nearest=0)


@pytest.mark.parametrize("collision", [0.0, 5.0, 15.0])
def test_meeting_somebody_costs_at_first_what_it_costs_in_the_task_loss(observation, collision):
    network = agents.make(NAME, road(), **TINY | {"collision": collision}).network
    with torch.no_grad():
        found = network(as_tensors(observation)).cost.collision
    assert found.item() == pytest.approx(max(collision, 0.1), rel=1e-4)
