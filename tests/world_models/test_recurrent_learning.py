"""What the recurrent model learns from: what happened, in its order, and nothing that did not happen."""

from dataclasses import replace

import gymnasium as gym
import pytest
import torch
from torch import Tensor

import envs  # noqa: F401 - registers
import world_models
from world_models.experience import Windows
from world_models.fitting import drawing_by
from world_models.recurrent import Recurrent

SMALL = {"width": 64, "variables": 4, "choices": 8, "mixed": 32, "blocks": 2, "embedded": 32}
SIDE, FRAMES = 5, 5
WAYS = torch.tensor([[-1, 0], [1, 0], [0, 1], [0, -1]])


def model_of_rooms() -> Recurrent:
    model = world_models.make("recurrent", gym.make("crossroads/GridNav-v0", size=SIDE, connectivity=4), **SMALL)
    assert isinstance(model, Recurrent)
    return model


def walks(batch: int, seed: int = 0) -> Windows:
    """Random walks in an empty room; who comes to the goal in the corner is rewarded, and it is over."""
    generator = torch.Generator().manual_seed(seed)
    actions = torch.randint(4, (batch, FRAMES - 1), generator=generator)
    cells = [torch.randint(SIDE, (batch, 2), generator=generator)]
    for action in actions.unbind(1):
        is_over = (cells[-1] == 0).all(-1, keepdim=True)
        cells.append(torch.where(is_over, cells[-1], (cells[-1] + WAYS[action]).clamp(0, SIDE - 1)))
    places = torch.stack(cells, 1)
    occupancy = torch.zeros(batch, FRAMES, 3, SIDE, SIDE, dtype=torch.int8)
    occupancy[:, :, 1, 0, 0] = 1
    rows, times = torch.meshgrid(torch.arange(batch), torch.arange(FRAMES), indexing="ij")
    occupancy[rows, times, 2, places[..., 0], places[..., 1]] = 1
    is_over = (places == 0).all(-1)
    is_real, terminated = ~is_over[:, :-1], is_over[:, 1:] & ~is_over[:, :-1]
    to_go = places.sum(-1).float()
    return Windows({"occupancy": occupancy}, actions, terminated.float(), terminated, is_real, to_go)


def surprise(model: Recurrent, windows: Windows) -> tuple[float, dict[str, float]]:
    with torch.no_grad(), drawing_by(0, torch.device("cpu")):
        loss, parts = model.loss(windows)
    return loss.item(), parts


def scrambled(windows: Windows) -> Windows:
    """The same up to the ends of the episodes, and anything after them."""
    generator = torch.Generator().manual_seed(5)
    gone = ~windows.is_real
    frame = torch.cat([torch.zeros(len(windows), 1, dtype=torch.bool), gone], 1)

    def mixed(part: Tensor, mask: Tensor) -> Tensor:
        other = part.flatten(0, 1)[torch.randperm(part.shape[0] * part.shape[1], generator=generator)].view_as(part)
        return torch.where(mask.view(*mask.shape, *[1] * (part.ndim - 2)), other, part)

    observation = {key: mixed(part, frame) for key, part in windows.observation.items()}
    changed = {name: mixed(getattr(windows, name), gone) for name in ("actions", "rewards", "terminated")}
    return replace(windows, observation=observation, to_go=mixed(windows.to_go, frame), **changed)


def test_nothing_leaks_over_the_ends_of_episodes() -> None:
    model, windows = model_of_rooms(), walks(48)
    other = scrambled(windows)
    assert (other.actions != windows.actions).any()
    assert (other.observation["occupancy"] != windows.observation["occupancy"]).any()
    assert surprise(model, other) == surprise(model, windows)


def test_steps_that_never_happened_leave_gradients_as_they_are() -> None:
    found = []
    for windows in (walks(48), scrambled(walks(48))):
        model = model_of_rooms()
        with drawing_by(0, torch.device("cpu")):
            model.loss(windows)[0].backward()
        found.append([part.grad for part in model.parameters() if part.grad is not None])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.fixture(scope="module")
def fitted() -> Recurrent:
    model, windows = model_of_rooms(), walks(48)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    torch.manual_seed(0)
    for _ in range(60):
        optimizer.zero_grad()
        model.loss(windows)[0].backward()
        optimizer.step()
    return model.eval()


def test_a_tiny_world_is_learned(fitted: Recurrent) -> None:
    _, parts = surprise(fitted, walks(48))
    assert parts["seen/occupancy"] < 0.6
    assert parts["ahead/occupancy"] < 0.8
    windows = walks(48)
    latent = fitted.encode({"occupancy": windows.observation["occupancy"][:, 0]})
    found = fitted.decode(fitted.predict(latent, windows.actions[:, None]), ["cell", "to_go", "continuation", "reward"])
    truth = windows.observation["occupancy"][:, 1:, 2].flatten(2).argmax(-1)
    is_right = found["cell"][:, 0, 0].flatten(2).argmax(-1) == truth
    assert is_right[windows.is_real].float().mean() > 0.85
    off = (found["to_go"][:, 0, 0] - windows.to_go[:, 1:]).abs()
    assert off[windows.is_real].mean() < 0.8


def test_actions_a_step_late_are_a_surprise(fitted: Recurrent) -> None:
    windows = walks(48)
    late = replace(windows, actions=windows.actions.roll(1, dims=1))
    assert surprise(fitted, late)[1]["ahead/occupancy"] > 3.0 * surprise(fitted, windows)[1]["ahead/occupancy"]
