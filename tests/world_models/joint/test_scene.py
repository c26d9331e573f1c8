"""Tokens and modes follow whoever they are of, whatever the order and the place; the absent are not seen."""

from dataclasses import replace

import pytest
import torch

from world_models.joint.crops import Crop
from world_models.joint.scene import SceneEncoder

CROP = Crop(ahead=8.0, behind=4.0, aside=4.0, spacing=4.0)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    made = SceneEncoder(16, channels=2, modes=3, layers=2, crop=CROP).eval()
    torch.nn.init.normal_(made.weigh[-1].weight)
    return made


@pytest.fixture
def maps(encoder):
    return torch.rand(3, 6, 2, len(encoder.points))


@torch.no_grad()
def test_turning_and_shifting_the_scene_changes_no_token(encoder, bodies, moved, maps):
    seen = bodies()
    found = encoder(seen, maps)
    elsewhere = encoder(replace(seen, poses=moved(seen.poses, -7.0, 21.0, 1.3)), maps)
    for name, part in found.items():
        assert torch.allclose(part, elsewhere[name], atol=1e-5), name


@torch.no_grad()
def test_tokens_follow_the_order_of_the_others(encoder, bodies, maps):
    seen = bodies()
    order = torch.tensor([0, 4, 2, 5, 1, 3])
    shuffled = type(seen)(*(part[:, order] for part in vars(seen).values()))
    found, other = encoder(seen, maps), encoder(shuffled, maps[:, order])
    assert torch.allclose(found["tokens"][:, order], other["tokens"], atol=1e-5)
    assert torch.allclose(found["modes"][:, :, order], other["modes"], atol=1e-5)
    assert torch.allclose(found["weights"], other["weights"], atol=1e-5)


@torch.no_grad()
def test_who_is_absent_changes_nothing(encoder, bodies, maps):
    seen = bodies(absent=2)
    gone = ~seen.mask
    changed = [torch.where(gone[..., None], 77.0, part) for part in (seen.poses, seen.sizes, seen.own)]
    odd = replace(seen, poses=changed[0], sizes=changed[1], own=changed[2], speeds=torch.where(gone, 33.0, seen.speeds))
    found, other = encoder(seen, maps), encoder(odd, torch.where(gone[..., None, None], 9.0, maps))
    assert torch.equal(found["tokens"][seen.mask], other["tokens"][seen.mask])
    assert torch.equal(found["weights"], other["weights"])


@torch.no_grad()
def test_probabilities_of_modes_sum_to_one(encoder, bodies, maps):
    weights = encoder(bodies(), maps)["weights"].exp()
    assert weights.shape == (3, 3)
    assert torch.allclose(weights.sum(-1), torch.ones(3))
