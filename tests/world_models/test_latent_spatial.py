"""A latent with the shape of the map foresees where one comes, and what is still to pay, on maps it has never seen."""

import gymnasium
import numpy as np
import pytest
import torch

import world_models
from envs.registration import register_envs
from world_models.experience import Windows
from world_models.latents.neighbours import WAYS, advance, arriving, near
from world_models.latents.settled import settled

register_envs()


def _env(**arguments):
    return gymnasium.make_vec("crossroads/GridNav-v0", num_envs=6, size=8, **arguments)


def _model(env, **config):
    return world_models.make("latent", env, width=8, **config).eval()


def _seen(env, seed=0):
    return {key: torch.as_tensor(array) for key, array in env.reset(seed=seed)[0].items()}


def _windows(env, steps=4, seed=0) -> Windows:
    """What random moves really did; episodes that end stay ended."""
    rng, rows = np.random.default_rng(seed), env.num_envs
    frames, to_go, actions, rewards, ends = [env.reset(seed=seed)[0]["occupancy"].copy()], [], [], [], []
    for _ in range(steps):
        actions.append(rng.integers(env.single_action_space.n, size=rows))
        observation, reward, terminated, _, _ = env.step(actions[-1])
        frames.append(observation["occupancy"].copy())
        rewards.append(reward)
        ends.append(terminated)
    to_go = np.full((rows, steps + 1), 3.0, np.float32)
    ended = np.stack(ends, 1)
    before = np.pad(np.logical_or.accumulate(ended, 1)[:, :-1], ((0, 0), (1, 0)))
    return Windows(
        observation={"occupancy": torch.from_numpy(np.stack(frames, 1)).to(torch.uint8)},
        actions=torch.from_numpy(np.stack(actions, 1)),
        rewards=torch.from_numpy(np.stack(rewards, 1)).float(),
        terminated=torch.from_numpy(ended & ~before),
        is_real=torch.from_numpy(~before),
        to_go=torch.from_numpy(to_go),
    )


def test_a_belief_moves_as_a_matrix_of_its_gates_says():
    rng = torch.Generator().manual_seed(0)
    rows, cols, actions = 4, 5, 3
    inside = near(torch.ones(rows, cols)).unflatten(-1, (rows, cols))
    leaving = torch.rand(1, actions, WAYS, rows, cols, generator=rng) * inside
    belief = torch.rand(1, 2, rows, cols, generator=rng)
    done = torch.tensor([[2, 0]])
    found = advance(belief, arriving(leaving).flatten(-2), done)
    wanted = torch.zeros_like(found)
    for candidate in range(2):
        for row in range(rows):
            for col in range(cols):
                for way in range(WAYS):
                    to = (row + way // 3 - 1, col + way % 3 - 1)
                    if 0 <= to[0] < rows and 0 <= to[1] < cols:
                        share = leaving[0, done[0, candidate], way, row, col]
                        wanted[0, candidate, to[0], to[1]] += belief[0, candidate, row, col] * share
    torch.testing.assert_close(found, wanted)


def _random_problem(rows=4, cols=5, actions=3):
    rng = torch.Generator().manual_seed(1)
    is_inside = near(torch.ones(rows, cols)).T
    ways = torch.rand(1, rows * cols, actions, WAYS, generator=rng, dtype=torch.float64) * is_inside[:, None]
    gates = 0.9 * ways / ways.sum(-1, keepdim=True)
    price = 0.5 + torch.rand(1, actions, rows * cols, generator=rng, dtype=torch.float64)
    return price, gates, (rows, cols)


def _bellman(price, gates, shape, far):
    """Rounds over all cells at once, until nothing changes."""
    value = torch.full((1, shape[0] * shape[1]), far, dtype=price.dtype)
    for _ in range(120):  # nine in ten go on
        padded = torch.nn.functional.pad(value.view(1, *shape), (1, 1, 1, 1))
        beyond = torch.nn.functional.unfold(padded[None], 3).mT  # batch cell 9
        value = (price + torch.einsum("bxaw,bxw->bax", gates, beyond)).amin(1).clamp(max=far)
    return value


def test_costs_to_go_are_the_fixed_point_of_value_iteration():
    price, gates, shape = _random_problem()
    found = settled(price, gates, shape, far=100.0)
    torch.testing.assert_close(found, _bellman(price, gates, shape, 100.0), atol=1e-2, rtol=0.0)


def test_costs_to_go_have_the_gradient_of_finite_differences():
    price, gates, shape = _random_problem()
    price.requires_grad_(True)
    weights = torch.randn(1, 20, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (settled(price, gates, shape, far=100.0) * weights).sum().backward()
    assert price.grad is not None
    for action, cell in ((0, 3), (1, 7), (2, 12), (1, 19)):
        ends = []
        for sign in (1.0, -1.0):
            moved = price.detach().clone()
            moved[0, action, cell] += sign * 1e-3
            ends.append((_bellman(moved, gates, shape, 100.0) * weights).sum())
        assert price.grad[0, action, cell].item() == pytest.approx(((ends[0] - ends[1]) / 2e-3).item(), abs=2e-2)


def test_where_there_is_no_way_costs_are_far_and_have_no_gradient():
    price = torch.ones(1, 1, 4, requires_grad=True)
    gates = torch.zeros(1, 4, 1, WAYS)
    gates[..., 4] = 1.0  # nobody ever moves
    gates[0, 0, 0, 4] = 0.0  # but here the episode ends
    found = settled(price, gates, (2, 2), far=50.0)
    assert found.tolist() == [[1.0, 50.0, 50.0, 50.0]]
    found.sum().backward()
    assert price.grad is not None
    assert price.grad.tolist() == [[[1.0, 0.0, 0.0, 0.0]]]


def test_several_steps_at_once_are_single_steps_one_after_the_other():
    env = _env()
    model = _model(env)
    latent = model.encode(_seen(env))
    actions = torch.randint(8, (6, 1, 5), generator=torch.Generator().manual_seed(3))
    at_once = model.predict(latent, actions).parts["latent"]
    for step in range(5):
        single = model.predict(latent, actions[:, :, step : step + 1]).parts["latent"]
        torch.testing.assert_close(single[:, :, :, 0], at_once[:, :, :, step])
        latent = type(latent)({**latent.parts, "latent": single[:, 0, 0, 0]}, latent.observation)


def test_a_belief_loses_nothing_but_what_has_ended():
    env = _env()
    model = _model(env)
    actions = torch.randint(8, (6, 7, 5), generator=torch.Generator().manual_seed(3))
    rollout = model.predict(model.encode(_seen(env)), actions)
    found = model.decode(rollout, ["cell", "continuation", "latent", "occupancy", "reward", "to_go"])
    torch.testing.assert_close(found["cell"].sum((-2, -1)), torch.ones(6, 7, 1, 5))
    left = rollout.parts["latent"].sum((-2, -1))
    torch.testing.assert_close(found["continuation"].cumprod(-1), left)
    assert found["occupancy"].shape == (6, 7, 1, 5, 3, 8, 8)
    torch.testing.assert_close(found["occupancy"][..., 2, :, :], found["cell"])
    assert found["reward"].shape == found["to_go"].shape == (6, 7, 1, 5)


def test_the_map_says_nothing_of_where_the_agent_is():
    env = _env()
    model = _model(env)
    seen = _seen(env)
    moved = seen["occupancy"].clone()
    moved[:, 2] = moved[:, 2].flip(-1)
    one, other = model.encode(seen), model.encode({"occupancy": moved})
    torch.testing.assert_close(one.parts["gates"], other.parts["gates"])
    assert not torch.equal(one.parts["latent"], other.parts["latent"])


def test_steps_that_never_happened_do_not_count():
    env = _env()
    model, windows = _model(env), _windows(env)
    loss, _ = model.loss(windows)
    spoilt = Windows(
        observation={key: torch.cat([part, part.flip(0)]) for key, part in windows.observation.items()},
        actions=torch.cat([windows.actions, windows.actions.flip(0)]),
        rewards=torch.cat([windows.rewards, windows.rewards + 5.0]),
        terminated=torch.cat([windows.terminated, ~windows.terminated]),
        is_real=torch.cat([windows.is_real, torch.zeros_like(windows.is_real)]),
        to_go=torch.cat([windows.to_go, windows.to_go + 50.0]),
    )
    torch.testing.assert_close(model.loss(spoilt)[0], loss)


def test_a_fitted_model_foresees_and_notices_actions_that_are_shifted():
    env = _env()
    model, windows = _model(env, seed=1), _windows(env)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-2)
    for _ in range(25):
        loss, _ = model.loss(windows)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _, parts = model.loss(windows)
    assert parts["cell"] < 0.2
    shifted = Windows(**{**vars(windows), "actions": windows.actions.roll(1, 1)})
    assert model.loss(shifted)[1]["cell"] > 5.0 * parts["cell"]


def test_a_map_that_is_not_in_view_has_no_spatial_latent():
    env = gymnasium.make_vec("crossroads/GridNav-v0", num_envs=1, size=8, view="egocentric")
    assert world_models.make("latent", env).room.heads[0] == "latent"
    with pytest.raises(ValueError, match="expected a grid seen whole"):
        world_models.make("latent", env, kind="spatial")
