"""A world that anybody can follow: a point on a line, a model of it that remembers, and a goal."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from world_models.costs.cost import Cost
from world_models.model import WorldModel
from world_models.rollout import Latent, Rollout, expand
from world_models.spec import Actions, Spec

GOAL = 2.0
SPEC = Spec({"ego": (1,)}, Actions("continuous", 1, (-1.0,), (1.0,)), 1.0, (), ("latent",))


class Line(WorldModel):
    """x moves by the action; `age` counts what has been seen of the episode, `way` sums up what was done."""

    name, Config = "line", object
    memory: ClassVar[tuple[str, ...]] = ("age", "way")
    recalls: ClassVar[tuple[str, ...]] = ("ego", "sound")

    def __init__(self):
        super().__init__(SPEC, None)
        self.encoded = 0

    @classmethod
    def for_env(cls, env, **config):
        return cls()

    def encode(self, observation, before=None):
        self.encoded += 1
        x = observation["ego"]
        age, way = torch.ones(len(x)), torch.zeros(len(x), 1)
        if before is not None:
            goes_on = (~before.begins).float()
            age = 1 + goes_on * before.latent.parts["age"]
            moved = x - before.latent.observation["ego"]
            way = goes_on[:, None] * (before.latent.parts["way"] + moved - before.action)
        return Latent({"x": x, "age": age, "way": way}, observation)

    def predict(self, latent, actions, *, samples=1, draws=None):
        x = expand(latent.parts["x"], actions.shape[1])[:, :, None] + actions.cumsum(2)
        return Rollout(latent, actions, {"x": x[:, :, None]})

    def decode_one(self, rollout, key):
        return rollout.parts["x"]


@dataclass(frozen=True)
class Away(Cost):
    """Distance from `GOAL`, summed over the horizon."""

    heads: ClassVar[tuple[str, ...]] = ("latent",)

    def __call__(self, found, rollout, goal=None):
        return (found["latent"][..., 0] - GOAL).abs().sum(-1)


def at(*places):
    return {"ego": np.array(places, np.float32)[:, None]}
