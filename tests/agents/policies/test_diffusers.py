"""Our samplers take the steps of diffusers' schedulers, number for number."""

import numpy as np
import pytest
import torch

from agents.policies.noise_schedule import SPACINGS, squared_cosine
from agents.policies.samplers.ddim import DDIM
from agents.policies.samplers.ddpm import DDPM
from agents.policies.samplers.euler import Euler
from agents.policies.samplers.heun import Heun

SHAPE = (3, 8, 2)
SCHEDULE = squared_cosine()
COMMON = {
    "num_train_timesteps": 100,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "epsilon",
    "clip_sample": True,
}


def schedulers():
    return pytest.importorskip("diffusers.schedulers", reason="diffusers, whose steps ours are held against, is absent")


class KeptNoise:
    """The same numbers for us, all at once, and for diffusers, step by step."""

    def __init__(self, steps):
        self.numbers = normal(1, SHAPE[0], steps, *SHAPE[1:])

    def normal(self, *shape):
        assert shape == tuple(self.numbers.shape[1:])
        return self.numbers

    def uniform(self, *shape):
        raise AssertionError("no chain draws uniform numbers")


def normal(seed, *shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def error_like(chunk, step):
    """As a network's: near the input where there is noise alone, so that clipping sets in at some steps only."""
    share = step[:, None, None].to(chunk.dtype) / 100
    return share * chunk + 0.3 * torch.sin(3.0 * chunk + 5.0 * share) * (1.0 - share)


def spaced(spacing, steps):
    """What diffusers calls a spacing."""
    if spacing == "middle":
        return {"timestep_spacing": "leading", "steps_offset": 100 // steps // 2}
    return {"timestep_spacing": spacing}


def exact(scheduler):
    """diffusers keeps alphas as float32 products of float32; its steps are taken here on those of double precision."""
    np.testing.assert_allclose(scheduler.alphas_cumprod, SCHEDULE.kept, rtol=2e-5, atol=1e-7)
    scheduler.alphas_cumprod = torch.from_numpy(SCHEDULE.kept)
    scheduler.one = scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    return scheduler


def chain_of(scheduler, steps, chunk):
    """Every chunk of diffusers' chain."""
    scheduler.set_timesteps(steps)
    chain = [chunk]
    for step in scheduler.timesteps:
        found = error_like(chain[-1], step.expand(len(chunk)))
        chain.append(scheduler.step(found, int(step), chain[-1]).prev_sample)
    return chain


def our_chain(sampler, noise, chunk):
    """Every chunk that our sampler shows to the network, and its answer."""
    shown = []

    def predict(disturbed, step):
        shown.append(disturbed.clone())
        return error_like(disturbed, step)

    last = sampler.sample(predict, chunk, SCHEDULE, noise)
    return [*shown, last]


def assert_same_chain(ours, theirs, tolerance=1e-9):
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=tolerance)


def test_levels_are_those_of_squaredcos_cap_v2():
    scheduler = schedulers().DDPMScheduler(**COMMON)
    beta = 1.0 - SCHEDULE.kept / np.concatenate([[1.0], SCHEDULE.kept[:-1]])
    np.testing.assert_allclose(scheduler.betas, beta, rtol=1e-5)
    assert beta.max() == pytest.approx(0.999)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("steps", [1, 2, 5, 10, 20, 50, 100])
def test_ddim_takes_the_steps_of_diffusers_with_the_error_kept_where_the_action_is_clipped(spacing, steps):
    theirs = exact(schedulers().DDIMScheduler(**COMMON, set_alpha_to_one=True, **spaced(spacing, steps)))
    sampler, start = DDIM(steps=steps, spacing=spacing), normal(0, *SHAPE)
    assert_same_chain(our_chain(sampler, KeptNoise(0), start), chain_of(theirs, steps, start))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("steps", [1, 10, 25, 100])
def test_ddpm_takes_the_steps_of_diffusers_with_the_same_noise(monkeypatch, spacing, steps):
    module = schedulers().scheduling_ddpm
    kept = KeptNoise(steps - 1)
    # Unless the last step is 0, diffusers adds noise of variance 1e-20 after it too.
    fresh = iter([*kept.numbers.unbind(1), torch.zeros(SHAPE, dtype=torch.float64)])
    monkeypatch.setattr(module, "randn_tensor", lambda *_, **__: next(fresh))
    theirs = exact(module.DDPMScheduler(**COMMON, variance_type="fixed_small", **spaced(spacing, steps)))
    sampler, start = DDPM(steps=steps, spacing=spacing), normal(0, *SHAPE)
    assert_same_chain(our_chain(sampler, kept, start), chain_of(theirs, steps, start))


@pytest.mark.parametrize("sampler", [DDIM(), DDPM()], ids=["ddim", "ddpm"])
def test_in_single_precision_the_chain_stays_within_a_millionth_of_double(sampler):
    kept = KeptNoise(sampler.steps - 1)
    exact_ = our_chain(sampler, kept, normal(0, *SHAPE))
    single = our_chain(sampler, kept, normal(0, *SHAPE).float())
    assert single[-1].dtype == torch.float32
    assert_same_chain([chunk.double() for chunk in single], exact_, tolerance=1e-5)


def velocity(chunk, time):
    """Towards actions, at times from 0 (noise) to 1."""
    return torch.cos(2.0 * chunk) * (1.0 + time) - chunk


def their_flow(scheduler, chunk):
    """The chunk at the end of diffusers' path; there sigma is 1 at noise, and velocities point to noise."""
    for step in scheduler.timesteps:
        chunk = scheduler.step(-velocity(chunk, 1.0 - step / 1000.0), step, chunk).prev_sample
    return chunk


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_euler_takes_the_steps_of_diffusers(steps):
    scheduler = schedulers().FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / steps, steps).tolist())
    start = normal(0, *SHAPE, dtype=torch.float32)
    ours = Euler(steps=steps).sample(lambda x, t: velocity(x, t[:, None, None]), start)
    torch.testing.assert_close(ours, their_flow(scheduler, start), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_heun_takes_the_steps_of_diffusers(steps):
    scheduler = schedulers().FlowMatchHeunDiscreteScheduler(num_train_timesteps=1000)
    scheduler.set_timesteps(steps)
    # By itself it goes down to a thousandth before its last step, ours to a step's length; inner levels count twice.
    levels = torch.linspace(1.0, 1.0 / steps, steps)
    twice = torch.cat([levels[:1], levels[1:].repeat_interleave(2)])
    scheduler.timesteps, scheduler.sigmas = 1000.0 * twice, torch.cat([twice, torch.zeros(1)])
    start = normal(0, *SHAPE, dtype=torch.float32)
    ours = Heun(steps=steps).sample(lambda x, t: velocity(x, t[:, None, None]), start)
    torch.testing.assert_close(ours, their_flow(scheduler, start), rtol=0.0, atol=1e-6)
