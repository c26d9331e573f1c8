"""Observations that are numbers alone: all of them, each normalised, and nothing else."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces

import agents
from agents.networks.encoders import GridEncoder, RoadEncoder, VectorEncoder, encoder_for
from agents.networks.policy import as_tensors


def box(low, high, *shape):
    return spaces.Box(np.float32(low), np.float32(high), shape, np.float32)


NUMBERS = spaces.Dict({"position": box(0, 1, 3), "velocity": box(-4, 4, 3), "goals": box(0, 1, 2, 3)})


def seen(count=50):
    rng = np.random.default_rng(0)
    return as_tensors(
        {
            "position": rng.random((count, 3)),
            "velocity": rng.normal(0, 0.5, (count, 3)),
            "goals": rng.random((count, 2, 3)),
        }
    )


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ({"occupancy": spaces.MultiBinary((3, 8, 8))}, GridEncoder),
        ({"occupancy": spaces.Box(0, 255, (3, 16, 16), np.uint8)}, RoadEncoder),
        ({"ego": box(-1, 1, 4)}, RoadEncoder),
        ({"ego": box(-1, 1, 4), "route": box(-9, 9, 12)}, RoadEncoder),
        ({"position": box(0, 1, 2)}, VectorEncoder),
        ({"position": box(0, 1, 2), "goal": box(0, 1, 2)}, VectorEncoder),
    ],
    ids=lambda item: "-".join(item) if isinstance(item, dict) else item.__name__,
)
def test_each_kind_of_observation_has_its_encoder(keys, kind):
    assert type(encoder_for(spaces.Dict(keys), None)) is kind


def test_there_is_a_feature_for_every_number_in_the_order_of_the_keys():
    encoder = VectorEncoder(NUMBERS)
    assert encoder.size == 12
    assert encoder.extras == tuple(NUMBERS)
    place = 0
    for key, space in NUMBERS.items():
        observation, other = seen(1), seen(1)
        other[key].view(-1)[0] += 1.0
        assert (encoder(other) != encoder(observation)).nonzero().tolist() == [[0, place]]
        place += space.low.size


def test_before_any_data_bounds_become_minus_one_and_one():
    encoder = VectorEncoder(NUMBERS)
    for bound, expected in (("low", -1.0), ("high", 1.0)):
        corner = as_tensors({key: getattr(NUMBERS[key], bound)[None] for key in NUMBERS})
        assert torch.equal(encoder(corner), torch.full((1, 12), expected))


def test_measured_numbers_have_no_mean_and_unit_spread_and_keep_their_shape():
    encoder, observation = VectorEncoder(NUMBERS), seen()
    encoder.measure(observation)
    found = encoder(observation)
    assert found.mean(dim=0).numpy() == pytest.approx(np.zeros(12), abs=1e-5)
    assert found.std(dim=0, correction=0).numpy() == pytest.approx(np.ones(12), abs=1e-5)
    far = {key: 100.0 * array for key, array in observation.items()}
    nowhere = encoder({key: 0.0 * array for key, array in observation.items()})
    assert (encoder(far) - nowhere).numpy() == pytest.approx(100.0 * (found - nowhere).numpy(), rel=1e-3, abs=1e-2)


def test_it_learns_nothing_but_keeps_what_is_usual():
    encoder = VectorEncoder(NUMBERS)
    assert not list(encoder.parameters())
    encoder.measure(seen())
    other = VectorEncoder(NUMBERS)
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(other(seen()), encoder(seen()))


def test_behaviour_cloning_learns_where_the_expert_pulls_to(tmp_path):
    env = gymnasium.make("crossroads/Particle-v0", max_steps=8)  # too short for more than the way to the first goal
    agent = agents.make("behavior-cloning", env, labels=2000, updates=300, num_envs=32)
    assert type(agent.network.encoder) is VectorEncoder
    agent.learn(env, progress=False)
    worlds = gymnasium.make_vec("crossroads/Particle-v0", 64, split="test")
    observation, _ = worlds.reset(seed=0)
    found, _ = agent.predict(observation, deterministic=True)
    expected = worlds.oracle_action()
    assert np.mean((found - expected) ** 2) < 0.01 * np.var(expected)
    agent.save(tmp_path / "agent.safetensors")
    again = agents.load(tmp_path / "agent.safetensors")
    assert np.array_equal(again.predict(observation, deterministic=True)[0], found)
