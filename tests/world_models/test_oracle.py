"""The oracle foresees what the simulator does, and the simulator never notices."""

import copy
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from bitwise import assert_same

import world_models
from envs.core.batched import vector_like
from envs.driving.future import Window, backward_flow, future_occupancy, scene_of
from world_models.ego_motion import EgoMotion
from world_models.simulated_roads import HOPE

HORIZON = 6
ROADS = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors"), "num_actors": 8}
WORLDS = {
    "crossroads/Intersection-v0": ROADS,
    "crossroads/GridNav-v0": {"observe": ("occupancy", "ego"), "num_actors": 4, "wait": True, "slip": 0.2},
}


def make(name, **changes) -> Any:
    """Without wrappers, whose checks would be in the way."""
    return gymnasium.make(name, **{**WORLDS[name], **changes}).unwrapped


def tensors(observation, *, is_batch=False):
    return {key: torch.from_numpy(value if is_batch else value[None]) for key, value in observation.items()}


def oracle_of(env, **config) -> Any:
    return world_models.make("oracle", env, **config)


def candidates_for(model, rows, count, *, seed=0):
    """Of moderate size on roads: most of them last as long as the horizon."""
    rng, actions = np.random.default_rng(seed), model.spec.actions
    if actions.is_discrete:
        return torch.from_numpy(rng.integers(0, actions.size, (rows, count, HORIZON)))
    plans = rng.uniform(-1.0, 1.0, (rows, count, HORIZON, 2)) * [0.3, 0.03]
    return torch.from_numpy(plans.astype(np.float32))


@pytest.fixture(params=sorted(WORLDS))
def env(request):
    return make(request.param)


def test_steps_at_once_are_single_steps_of_the_environment(env):
    """To the last bit of the state; and rewards, ends and to-go are those of the environment."""
    observation, _ = env.reset(seed=3)
    model = oracle_of(env)
    actions = candidates_for(model, 1, 5)
    rollout = model.predict(model.encode(tensors(observation)), actions)
    found = model.decode(rollout, ["reward", "continuation"])
    start, after = env.get_state(), model.simulation.worlds_of(5).get_state()
    for k, plan in enumerate(actions[0].numpy()):
        env.set_state(start)
        for t, action in enumerate(plan):
            _, reward, terminated, truncated, _ = env.step(action)
            assert found["reward"][0, k, 0, t].item() == np.float32(reward)
            assert found["continuation"][0, k, 0, t].item() == 1.0 - (terminated or truncated)
            if terminated or truncated:
                break
        assert_same(env.get_state(), [array[k : k + 1] for array in after])


def test_the_environment_notices_nothing(env):
    observation, _ = env.reset(seed=5)
    twin = make(env.spec.id)
    twin.reset(seed=5)
    model = oracle_of(env)
    random_numbers = copy.deepcopy(env.np_random.bit_generator.state)
    rollout = model.predict(model.encode(tensors(observation)), candidates_for(model, 1, 7))
    model.decode(rollout, model.spec.heads)
    assert env.np_random.bit_generator.state == random_numbers
    assert_same(env.get_state(), twin.get_state())
    action = env.action_space.sample() * 0
    one, other = env.step(action), twin.step(action)
    assert one[1:4] == other[1:4]
    assert_same(one[0], other[0])


def test_an_action_acts_between_its_frame_and_the_next(env):
    observation, _ = env.reset(seed=4)
    model = oracle_of(env)
    latent, actions = model.encode(tensors(observation)), candidates_for(model, 1, 1)
    head = "cell" if model.spec.actions.is_discrete else "ego"
    plain = model.decode(model.predict(latent, actions), [head])[head]
    for t in range(HORIZON):
        changed = actions.clone()
        changed[:, :, t] = (actions[:, :, t] + 4) % 8 if model.spec.actions.is_discrete else -0.9
        found = model.decode(model.predict(latent, changed), [head])[head]
        assert torch.equal(found[:, :, :, :t], plain[:, :, :, :t])
        assert not torch.equal(found[:, :, :, t], plain[:, :, :, t])


def test_rows_of_a_batch_are_as_they_are_alone(env):
    batch = vector_like(env, 3, autoreset_mode="DISABLED")
    observation, _ = batch.reset(seed=11)
    model = oracle_of(batch)
    latent, actions = model.encode(tensors(observation, is_batch=True)), candidates_for(model, 3, 4)
    heads = model.spec.heads
    found = model.decode(model.predict(latent, actions), heads)
    chosen = torch.tensor([2, 0])
    fewer = model.decode(model.predict(latent.rows(chosen), actions[chosen]), heads)
    for row in range(3):
        alone, _ = env.reset(seed=11 + row)
        single = oracle_of(env)
        rollout = single.predict(single.encode(tensors(alone)), actions[row : row + 1])
        for head, value in single.decode(rollout, heads).items():
            assert torch.equal(value[0], found[head][row]), head
    for head, value in fewer.items():
        assert torch.equal(value, found[head][chosen]), head


def test_who_has_ended_stays_and_pays_nothing(env):
    env = make(env.spec.id, max_steps=HORIZON - 2)
    observation, _ = env.reset(seed=2)
    model = oracle_of(env)
    is_discrete = model.spec.actions.is_discrete
    actions = candidates_for(model, 1, 6)
    if not is_discrete:
        actions[0, 0] = 1.0
    latent = model.encode(tensors(observation))
    found = model.decode(model.predict(latent, actions), model.spec.heads)
    goes_on = found["continuation"]
    assert 0.0 < goes_on.mean() < 1.0
    assert (goes_on.diff(dim=-1) <= 0).all()
    over = torch.cat([torch.ones_like(goes_on[..., :1]), goes_on[..., :-1]], -1) == 0
    assert (found["reward"][over] == 0).all()
    place = found["cell" if is_discrete else "ego"]
    assert torch.equal(place[:, :, :, 1:][over[..., 1:]], place[:, :, :, :-1][over[..., 1:]])


def test_ended_episodes_are_foreseen_as_ended(env):
    batch = vector_like(env, 2, autoreset_mode="NEXT_STEP", max_steps=1)
    batch.reset(seed=0)
    model = oracle_of(batch)
    observation = batch.step(batch.action_space.sample() * 0)[0]
    rollout = model.predict(model.encode(tensors(observation, is_batch=True)), candidates_for(model, 2, 3))
    found = model.decode(rollout, ["reward", "continuation"])
    assert not found["continuation"].any()
    assert not found["reward"].any()


def test_pictures_and_poses_on_roads_are_those_of_the_states_to_come():
    env = make("crossroads/Intersection-v0")
    observation, _ = env.reset(seed=1)
    model = oracle_of(env)
    actions = candidates_for(model, 1, 2)
    found = model.decode(model.predict(model.encode(tensors(observation)), actions), model.spec.heads)
    states = [env.get_state()]
    seen = observation
    for action in actions[0, 1].numpy():
        seen = env.step(action)[0]
        states.append(env.get_state())
    scene, now = scene_of(states).without(0), states[0].actors[0]
    view = {"seen_from": tuple(now[name][0] for name in ("x", "y", "heading")), "window": _window(env)}
    np.testing.assert_array_equal(found["occupancy"][0, 1, 0].numpy() > 0, future_occupancy(scene, **view))
    np.testing.assert_array_equal(found["flow"][0, 1, 0].numpy(), backward_flow(scene, **view, dt=0.5))
    motions = EgoMotion.of_env(env).rollout(torch.from_numpy(observation["ego"])[None], actions)
    torch.testing.assert_close(found["ego"][:, :, 0], motions, atol=1e-4, rtol=0)
    assert found["to_go"][0, 1, 0, -1].item() == pytest.approx(seen["ego"][7], abs=1e-3)


def _window(env):
    return Window(env.config.resolution, env.config.extent)


def test_the_others_come_in_the_order_of_the_observation():
    env = make("crossroads/Intersection-v0", demand=1.0)
    observation, _ = env.reset(seed=1)
    model = oracle_of(env)
    found = model.decode(model.predict(model.encode(tensors(observation)), torch.zeros(1, 1, 1, 2)), ["actors"])
    there = observation["actors_mask"] > 0
    seen = observation["actors"].reshape(-1, 9)[there]
    way = found["actors"][0, 0, 0, 0].numpy()[there, :2] - seen[:, :2]
    # half a second at about the speed that they are seen with
    assert there.sum() >= 3
    assert np.abs(way - 0.5 * seen[:, 4:6]).max() < 2.0


def test_the_rewards_of_a_score_sum_to_it():
    env = make("crossroads/Intersection-v0", max_steps=HORIZON)
    observation, _ = env.reset(seed=6)
    model = oracle_of(env, reward="score")
    actions = candidates_for(model, 1, 1)
    gains = model.decode(model.predict(model.encode(tensors(observation)), actions), ["reward"])["reward"]
    *_, (*_, info) = [env.step(action) for action in actions[0, 0].numpy()]
    metrics = info["metrics"]
    weighted = sum(w * metrics[n] for n, w in (("ttc", 5), ("progress", 5), ("speed_limit", 4), ("comfort", 2))) / 16
    begun = (5.0 + 5.0 * HOPE + 4.0 + 2.0) / 16
    assert gains.sum().item() == pytest.approx(metrics["direction"] * weighted - begun, abs=0.01)


def test_what_is_still_to_be_paid_on_grids_falls_by_what_is_paid():
    env: Any = gymnasium.make("crossroads/GridRooms-v0").unwrapped
    observation, _ = env.reset(seed=0)
    model = oracle_of(env)
    latent, worlds = model.encode(tensors(observation)), env.worlds
    before, way, seen = worlds.optimal_cost(), [], observation
    for _ in range(HORIZON):
        way.append(env.oracle_action())
        seen = env.step(way[-1])[0]
    found = model.decode(model.predict(latent, torch.tensor([[way]])), ["to_go", "occupancy", "cell"])
    assert found["to_go"][0, 0, 0, -1].item() == pytest.approx(before - worlds.state.path_cost[0, 0], abs=1e-4)
    np.testing.assert_array_equal(found["occupancy"][0, 0, 0, -1].numpy(), seen["occupancy"])
    row, col = worlds.state.cell[0, 0]
    assert found["cell"][0, 0, 0, -1, row, col] == 1.0 == found["cell"][0, 0, 0, -1].sum()


def test_a_view_that_moves_is_not_foreseen():
    env = gymnasium.make("crossroads/GridNav-v0", view="egocentric")
    assert "occupancy" not in oracle_of(env).spec.heads


def test_a_copy_leaves_the_environment_behind(env):
    observation, _ = env.reset(seed=0)
    lost = copy.deepcopy(oracle_of(env))
    with pytest.raises(ValueError, match="bound_to"):
        lost.encode(tensors(observation))
    assert len(lost.bound_to(env).encode(tensors(observation))) == 1


def test_wrong_shapes_are_refused_by_what_was_expected(env):
    observation, _ = env.reset(seed=0)
    model = oracle_of(env)
    latent = model.encode(tensors(observation))
    with pytest.raises(ValueError, match=r"expected (discrete|continuous) \[1, candidate, horizon"):
        model.predict(latent, torch.zeros(2, 3, 4, 5, 6))
    with pytest.raises(ValueError, match="1 worlds, got a batch of 2 observations"):
        model.encode({key: value.repeat(2, *[1] * (value.ndim - 1)) for key, value in tensors(observation).items()})
