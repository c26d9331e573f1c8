"""Truths of the recurrent model on worlds that it has never learned of."""

from typing import Any

import gymnasium as gym
import pytest
import torch
from torch import Tensor

import envs  # noqa: F401 - registers
import world_models
from world_models.recurrent import Recurrent
from world_models.recurrents.cell import State
from world_models.rollout import Before, Latent

SMALL = {"width": 32, "variables": 4, "choices": 6, "mixed": 16, "blocks": 2, "embedded": 24}
ROAD = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route"), "num_actors": 6}
WORLDS = {"grid": ("GridNav-v0", {"size": 8, "observe": ("occupancy", "ego")}), "road": ("Intersection-v0", ROAD)}
BATCH, STEPS = 3, 4


def made(kind: str) -> tuple[Recurrent, list[dict[str, Tensor]], Tensor]:
    """A model, frames [batch ...] and the actions [batch step ...] between them."""
    name, arguments = WORLDS[kind]
    env = gym.make_vec(f"crossroads/{name}", num_envs=BATCH, **arguments)
    model = world_models.make("recurrent", env, **SMALL).eval()
    assert isinstance(model, Recurrent)
    env.action_space.seed(0)
    frames, actions = [env.reset(seed=3)[0]], []
    for _ in range(STEPS):
        actions.append(torch.as_tensor(env.action_space.sample()))
        frames.append(env.step(actions[-1].numpy())[0])
    env.close()
    return (
        model,
        [{key: torch.as_tensor(part) for key, part in frame.items()} for frame in frames],
        torch.stack(actions, 1),
    )


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest) -> tuple[Recurrent, list[dict[str, Tensor]], Tensor]:
    return made(request.param)


def candidates(model: Recurrent, *shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    if model.spec.actions.is_discrete:
        return torch.randint(model.spec.actions.size, shape, generator=generator)
    return torch.rand(*shape, model.spec.actions.size, generator=generator) * 2 - 1


def draws_of(batch: int) -> Any:
    generator = torch.Generator().manual_seed(7)
    return lambda shape: torch.rand(batch, *shape, generator=generator)


def test_heads_have_the_shapes_that_the_vocabulary_says(world: Any) -> None:
    model, frames, _ = world
    rollout = model.predict(model.encode(frames[0]), candidates(model, BATCH, 2, 3), samples=4, draws=draws_of(BATCH))
    found = model.decode(rollout, model.spec.heads)
    channels, rows, cols = len(model.spec.foreseen), *model.spec.observation["occupancy"][1:]
    ends = {"occupancy": (channels, rows, cols), "cell": (rows, cols), "ego": (6,), "latent": (24,)}
    for head, part in found.items():
        samples = part.shape[2]
        assert part.shape == (BATCH, 2, samples, 3, *ends.get(head, ()))
        assert samples == 4
        assert part.isfinite().all()
    for head in {"occupancy", "cell", "continuation"} & found.keys():
        assert 0.0 <= found[head].min() <= found[head].max() <= 1.0 + 1e-5


@pytest.mark.parametrize("is_drawn", [False, True])
def test_several_steps_at_once_are_as_many_single_steps(world: Any, is_drawn: bool) -> None:
    model, frames, _ = world
    actions = candidates(model, BATCH, 1, 5)
    start = model.encode(frames[0])
    whole = model.predict(start, actions, draws=draws_of(BATCH) if is_drawn else None)
    latent, draws = start, draws_of(BATCH) if is_drawn else None
    for step in range(actions.shape[2]):
        once = model.predict(latent, actions[:, :, step : step + 1], draws=draws)
        memory = {name: once.parts[name][:, 0, 0, 0] for name in ("hidden", "code")}
        for name, part in memory.items():
            assert torch.allclose(part, whole.parts[name][:, 0, 0, step], atol=1e-5)
        seen = dict(start.observation)
        if "motions" in once.parts:  # the ego of the next step moves as it does by now
            seen["ego"] = torch.cat([once.parts["motions"][:, 0, 0, 0, 3:], seen["ego"][:, 3:]], -1)
        latent = Latent(latent.parts | memory, seen)


def test_candidates_and_rows_do_not_depend_on_each_other(world: Any) -> None:
    model, frames, _ = world
    latent, actions = model.encode(frames[0]), candidates(model, BATCH, 6, 3)
    found = model.decode(model.predict(latent, actions), model.spec.heads)
    alone = model.predict(latent.rows(torch.tensor([1])), actions[1:2, 4:5])
    for head, part in model.decode(alone, model.spec.heads).items():
        assert torch.allclose(part[0, 0], found[head][1, 4], atol=1e-4)


def test_encoding_frame_by_frame_is_the_filtering_of_the_loss(world: Any) -> None:
    model, frames, actions = world
    latent, found = model.encode(frames[0]), []
    for frame, action in zip(frames[1:], actions.unbind(1), strict=True):
        found.append(latent)
        latent = model.encode(frame, Before(latent, action, torch.zeros(BATCH, dtype=torch.bool)))
    found.append(latent)
    core, first = model.core, found[0]
    seen = torch.stack([core.view.embed({key: frame[key] for key in model.spec.observation}) for frame in frames], 1)
    egos = torch.stack([frame["ego"] for frame in frames[:-1]], 1).flatten(0, 1)
    done = model.deeds.numbers(egos, actions.flatten(0, 1)[:, None, None])[0][:, 0, 0].unflatten(0, (BATCH, STEPS))
    context = {name: part for name, part in first.parts.items() if name not in ("hidden", "code", "latent")}
    states = core.follow(seen, done, context=context).states
    for time, kept in enumerate(found):
        for name, part in zip(("hidden", "code"), states, strict=True):
            assert torch.allclose(kept.parts[name], part[:, time], atol=1e-5)


def test_who_begins_remembers_nothing(world: Any) -> None:
    model, frames, actions = world
    begins = torch.tensor([True, False, True])
    before = Before(model.encode(frames[0]), actions[:, 0], begins)
    after, fresh = model.encode(frames[1], before), model.encode(frames[1])
    for name in ("hidden", "code"):
        assert torch.allclose(after.parts[name][begins], fresh.parts[name][begins], atol=1e-6)
    assert not torch.allclose(after.parts["hidden"][1], fresh.parts["hidden"][1])


def test_an_even_chance_is_shared_out_among_samples(world: Any) -> None:
    model, frames, _ = world
    latent = model.encode({key: part[:1] for key, part in frames[0].items()})
    state = State(latent.parts["hidden"][:, None], latent.parts["code"][:, None])
    done = model.deeds.numbers(latent.observation.get("ego"), actions := candidates(model, 1, 1, 1))[0][:, :, 0]
    context = {name: part for name, part in latent.parts.items() if name not in ("hidden", "code", "latent")}
    _, chances = model.core.imagine(state, done, context=context)
    even = lambda shape: ((torch.arange(4000) + 0.5) / 4000)[None, None, :, None].expand(1, *shape)  # noqa: E731
    rollout = model.predict(latent, actions, samples=4000, draws=even)
    assert torch.allclose(rollout.parts["code"][0, 0, :, 0].mean(0), chances[0, 0], atol=1e-3)


def test_the_same_seed_makes_the_same_weights_and_leaves_the_generator_alone() -> None:
    env = gym.make("crossroads/GridNav-v0", size=8)
    before = torch.get_rng_state()
    first, second = (world_models.make("recurrent", env, **SMALL) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_gradients_lead_from_what_is_seen_back_to_what_is_done() -> None:
    model, frames, _ = made("road")
    actions = candidates(model, BATCH, 2, 3).requires_grad_()
    found = model.decode(model.predict(model.encode(frames[0]), actions), ["occupancy", "reward"])
    sum(part.sum() for part in found.values()).backward()  # type: ignore[union-attr]
    assert actions.grad is not None
    assert (actions.grad.abs().sum((0, 1, 3)) > 0).all()


def test_what_it_is_no_model_of_is_refused() -> None:
    with pytest.raises(ValueError, match="egocentric"):
        world_models.make("recurrent", gym.make("crossroads/GridNav-v0", view="egocentric"))
    with pytest.raises(ValueError, match="meta"):
        world_models.make("recurrent", gym.make("crossroads/Highway-v0", action="meta"))
    with pytest.raises(ValueError, match="route"):
        world_models.make("recurrent", gym.make("crossroads/Highway-v0", observe=("occupancy", "ego")))


def test_samples_need_draws(world: Any) -> None:
    model, frames, _ = world
    with pytest.raises(ValueError, match="samples: expected 1, or more with draws, got 2"):
        model.predict(model.encode(frames[0]), candidates(model, BATCH, 1, 1), samples=2)
