"""What the losses of planners are least at, and whom their gradients reach."""

import math

import pytest
import torch

from agents.planning.losses import classification, max_margin, maximum_entropy

BOTH = pytest.mark.parametrize("reduce", ["time", "scalar"])


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def scene(batch: int = 400, candidates: int = 12, time: int = 5, *, with_expert: bool) -> tuple[torch.Tensor, ...]:
    """Costs of the expert and of candidates, and the candidates' task loss; the expert's is 0."""
    expert, samples = random(batch, time), random(batch, candidates, time, seed=1)
    task = random(batch, candidates, time, seed=2).square()
    if with_expert:
        samples[:, 3], task[:, 3] = expert, 0.0
    return expert, samples, task


def cheapest(samples: torch.Tensor, task: torch.Tensor) -> torch.Tensor:
    """Task loss of the candidate that a planner takes."""
    rows = torch.arange(len(samples))
    return task.sum(-1)[rows, samples.sum(-1).argmin(1)]


@BOTH
def test_with_the_expert_among_the_candidates_the_loss_bounds_the_task_loss_of_the_choice(reduce):
    expert, samples, task = scene(with_expert=True)
    assert (max_margin(expert, samples, task, reduce=reduce).loss >= cheapest(samples, task) - 1e-12).all()


@BOTH
def test_without_the_expert_it_does_not(reduce):
    """All candidates are dear, so the margin holds; the cheapest of them is taken all the same, and is bad."""
    expert, samples, task = torch.zeros(1, 2), torch.full((1, 3, 2), 9.0), torch.ones(1, 3, 2)
    assert max_margin(expert, samples, task, reduce=reduce).loss.item() == 0.0
    assert cheapest(samples, task).item() == 2.0


@BOTH
def test_the_candidate_chosen_is_the_one_found_by_looking_at_all(reduce):
    expert, samples, task = scene(with_expert=True)
    found = max_margin(expert, samples, task, reduce=reduce)
    for row in range(0, 400, 40):
        violations = []
        for sample, bad in zip(samples[row], task[row], strict=True):
            gaps = [(e - c + d).item() for e, c, d in zip(expert[row], sample, bad, strict=True)]
            violations.append(sum(max(0.0, gap) for gap in gaps) if reduce == "time" else max(0.0, sum(gaps)))
        assert found.violations[row].tolist() == pytest.approx(violations)
        assert found.chosen[row].item() == max(range(12), key=violations.__getitem__)
        assert found.loss[row].item() == pytest.approx(max(violations))


@BOTH
def test_the_loss_is_zero_exactly_where_the_margin_holds(reduce):
    expert, samples, task = scene(with_expert=False)
    samples = samples + torch.linspace(0.0, 12.0, 400, dtype=torch.float64)[:, None, None]
    gaps = expert[:, None] - samples + task
    holds = (gaps if reduce == "time" else gaps.sum(-1, keepdim=True)).amax((1, 2)) <= 0.0
    assert 0.1 < holds.double().mean() < 0.9
    assert torch.equal(max_margin(expert, samples, task, reduce=reduce).loss == 0.0, holds)


@BOTH
def test_the_gradient_is_one_on_what_the_expert_paid_and_minus_one_on_what_the_chosen_paid(reduce):
    expert, samples, task = (part.requires_grad_() for part in scene(with_expert=True))
    loss, chosen, _ = max_margin(expert, samples, task, reduce=reduce)
    of_expert, of_samples = torch.autograd.grad(loss.sum(), (expert, samples))
    rows = torch.arange(len(expert))
    violated = (expert - samples[rows, chosen] + task[rows, chosen]) > 0.0
    if reduce == "scalar":
        violated = (loss > 0.0)[:, None].expand_as(violated)
    expected = torch.zeros_like(samples)
    expected[rows, chosen] = -violated.double()
    assert torch.equal(of_expert, violated.double())
    assert torch.equal(of_samples, expected)


def test_of_equal_violations_one_alone_bears_the_gradient():
    samples = torch.zeros(1, 3, 2, requires_grad=True)
    max_margin(torch.zeros(1, 2), samples, torch.ones(1, 3, 2)).loss.sum().backward()
    assert samples.grad is not None
    assert samples.grad.sum((0, 2)).tolist() == [-2.0, 0.0, 0.0]


@BOTH
def test_candidates_that_do_not_count_and_steps_not_known_are_left_out(reduce):
    expert, samples, task = scene(with_expert=True)
    valid = random(400, 12, seed=5) > 0.0
    known = torch.arange(5) < 3
    found = max_margin(expert, samples, task, valid=valid, known=known.expand(400, -1), reduce=reduce)
    for row in range(20):
        few = [part[row : row + 1, ..., :3] for part in (expert, samples[:, valid[row]], task[:, valid[row]])]
        assert found.loss[row] == max_margin(*few, reduce=reduce).loss[0]
    none = max_margin(expert, samples, task, valid=torch.zeros(400, 12, dtype=torch.bool), reduce=reduce)
    assert none.loss.abs().max() == 0.0


def test_steps_not_known_may_hold_anything():
    expert, samples, task = (part.clone() for part in scene(4, with_expert=True))
    expert[:, 3:], samples[..., 3:], task[..., 3:] = math.nan, math.inf, math.nan
    expert.requires_grad_()
    max_margin(expert, samples, task, known=(torch.arange(5) < 3).expand(4, -1)).loss.sum().backward()
    assert expert.grad is not None
    assert torch.isfinite(expert.grad).all()


def test_classification_is_the_cross_entropy_of_the_expert_among_all():
    expert, samples = random(8), random(8, 20, seed=1)
    logits = -torch.cat([expert[:, None], samples], 1)
    expected = torch.nn.functional.cross_entropy(logits, torch.zeros(8, dtype=torch.long), reduction="none")
    assert torch.allclose(classification(expert, samples), expected)


def test_samples_that_do_not_count_are_as_if_they_were_not_there():
    expert, samples = random(8), random(8, 20, seed=1).requires_grad_()
    valid = (torch.arange(20) < 7).expand(8, -1)
    for loss in (classification, maximum_entropy):
        found = loss(expert, samples, valid=valid)
        assert torch.allclose(found, loss(expert, samples[:, :7]))
        (gradient,) = torch.autograd.grad(found.sum(), samples)
        assert gradient[:, 7:].abs().max() == 0.0


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gradient_of_maximum_entropy_is_a_difference_of_expected_features(weighted):
    weights = random(6).requires_grad_()
    of_expert, of_samples = random(8, 6, seed=1), random(8, 20, 6, seed=2)
    log_proposal = random(8, 20, seed=3) if weighted else None
    loss = maximum_entropy(of_expert @ weights, of_samples @ weights, log_proposal=log_proposal)
    likely = -(of_samples @ weights) - (0.0 if log_proposal is None else log_proposal)
    expected = (torch.softmax(likely, 1)[..., None] * of_samples).sum(1)
    (gradient,) = torch.autograd.grad(loss.sum(), weights)
    assert torch.allclose(gradient, (of_expert - expected).sum(0))


def test_log_z_is_right_whatever_the_samples_were_drawn_from():
    """Costs x^2 / 2 by samples of a normal distribution of twice the width: Z is the root of 2 pi."""
    samples = 2.0 * random(1, 200_000)
    log_proposal = -0.5 * (samples / 2.0).square() - math.log(2.0 * math.sqrt(2.0 * math.pi))
    found = maximum_entropy(torch.zeros(1).double(), 0.5 * samples.square(), log_proposal=log_proposal)
    assert found.item() - math.log(200_000) == pytest.approx(0.5 * math.log(2.0 * math.pi), abs=5e-3)


def test_gradients_are_those_of_finite_differences():
    expert, samples, task = (part.requires_grad_() for part in scene(3, 4, with_expert=True))
    assert torch.autograd.gradcheck(lambda *parts: max_margin(*parts).loss, (expert, samples + 0.1, task))
    whole = expert.sum(-1).detach().requires_grad_(), samples.sum(-1).detach().requires_grad_()
    assert torch.autograd.gradcheck(classification, whole)
    assert torch.autograd.gradcheck(maximum_entropy, whole)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="scalar"):
        max_margin(torch.zeros(1, 2), torch.zeros(1, 3, 2), torch.zeros(1, 3, 2), reduce="scaler")
    with pytest.raises(ValueError, match="no sample in row 1"):
        maximum_entropy(torch.zeros(2), torch.zeros(2, 2), valid=torch.tensor([[True, False], [False, False]]))
