"""Models whose best plans are known, and numbers for their planners."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from world_models.costs.cost import Cost
from world_models.model import Draws, WorldModel
from world_models.rollout import Latent, Rollout
from world_models.spec import Actions, Spec


@dataclass(frozen=True)
class ToyConfig:
    pass


class Toy(WorldModel):
    """Its latent goes on by a function of (latent, action), which is decoded as it is."""

    name = "toy"
    Config = ToyConfig
    learns = False

    def __init__(self, actions: Actions, step: Callable, *, differentiable: bool = True, stochastic: bool = False):
        spec = Spec({"x": (1,)}, actions, 1.0, (), ("latent",), None, stochastic, differentiable)
        super().__init__(spec, ToyConfig())
        self.step, self.calls, self.seen = step, 0, []

    @classmethod
    def for_env(cls, env, **config):
        raise NotImplementedError

    def encode(self, observation, before=None):
        return Latent({"latent": observation["x"]}, observation)

    def predict(self, latent, actions, *, samples=1, draws=None):
        self.calls += 1
        self.seen.append(actions.detach())
        x = latent.parts["latent"][:, None].expand(-1, actions.shape[1], -1)
        path = []
        for t in range(actions.shape[2]):
            x = self.step(x, actions[:, :, t])
            path.append(x)
        futures = torch.stack(path, 2)[:, :, None]
        if samples > 1:
            noise = draws((actions.shape[1], samples))[..., None, None].float()
            futures = futures + noise
        return Rollout(latent, actions, {"latent": futures})

    def decode_one(self, rollout, key):
        return rollout.parts["latent"]


class LatentCost(Cost):
    """Any function of (latents [batch candidate sample horizon number], rollout)."""

    heads = ("latent",)

    def __init__(self, price: Callable):
        self.price = price

    def __call__(self, found, rollout, goal=None):
        return self.price(found["latent"], rollout)


def box(size: int = 2, low: float = -1.0, high: float = 1.0) -> Actions:
    return Actions("continuous", size, (low,) * size, (high,) * size)


def adder(actions: Actions | None = None, **changes) -> Toy:
    """x' = x + action"""
    return Toy(actions or box(), lambda x, action: x + action, **changes)


def latent_of(*rows: tuple[float, ...]) -> Latent:
    x = torch.tensor(rows)
    return Latent({"latent": x}, {"x": x})


def draws_of(*seeds: int) -> Draws:
    """Each row has numbers of its own."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return lambda shape: torch.stack([torch.rand(shape, generator=one, dtype=torch.float64) for one in generators])


def actions_cost(price: Callable) -> LatentCost:
    """A function of the actions alone, [batch candidate horizon ...] -> [batch candidate]."""
    return LatentCost(lambda latent, rollout: price(rollout.actions)[:, :, None].expand(*latent.shape[:3]))
