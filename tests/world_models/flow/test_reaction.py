"""What others do about a plan, they do after it shows."""

import torch

from world_models.boxes import Canvas
from world_models.flow.blending import Places
from world_models.flow.reaction import MOST, Reaction, patch_centres

CANVAS = Canvas((12.0, 4.0, 8.0, 8.0), 1.0)
CHOICES, STEPS, PATCHES = 3, 5, 16


def _places() -> Places:
    step, patch = torch.meshgrid(torch.arange(STEPS), torch.arange(PATCHES), indexing="ij")
    return Places(torch.zeros(STEPS * PATCHES, dtype=torch.int64), step.flatten(), patch.flatten())


def _learned() -> Reaction:
    torch.manual_seed(0)
    reaction = Reaction(6, CHOICES, horizon=STEPS)
    torch.nn.init.normal_(reaction.change.weight)
    return reaction


def _changes(reaction: Reaction, ego: torch.Tensor) -> torch.Tensor:
    features = reaction.scene(torch.ones(1, 6, 4, 4))
    found = reaction(features, ego, patch_centres(CANVAS, 4, ego), _places())
    return found.unflatten(0, (STEPS, PATCHES))


def test_it_begins_as_no_change() -> None:
    assert (_changes(Reaction(6, CHOICES, horizon=STEPS), torch.randn(1, 2, STEPS, 6)) == 0).all()


def test_a_step_knows_the_plan_until_then_alone() -> None:
    reaction, ego = _learned(), torch.randn(1, 1, STEPS, 6)
    other = ego.clone()
    other[:, :, 3:] += 1.0
    one, two = _changes(reaction, ego), _changes(reaction, other)
    torch.testing.assert_close(one[:3], two[:3])
    assert (one[3:] != two[3:]).any()


def test_candidates_do_not_mind_each_other_and_changes_are_bounded() -> None:
    reaction, ego = _learned(), 10.0 * torch.randn(1, 4, STEPS, 6)
    together = _changes(reaction, ego)
    torch.testing.assert_close(together[:, :, 2:3], _changes(reaction, ego[:, 2:3]))
    assert together.abs().max() <= MOST


def test_centres_of_patches_are_means_of_those_of_their_cells() -> None:
    cells = CANVAS.centres(torch.zeros(1)).unflatten(1, (4, 4)).unflatten(0, (4, 4)).mean((1, 3))
    torch.testing.assert_close(patch_centres(CANVAS, 4, torch.zeros(1)), cells.flatten(0, 1))
