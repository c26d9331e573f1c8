"""Proximal policy optimisation by stable-baselines3, on our native batch (Schulman et al., 2017)."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from scipy.special import ndtri
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from torch.nn import functional

from agents.agent import Agent, Lesson, Observation, Own, State
from agents.config import check_at_least_one
from agents.learner import Learner
from agents.networks.actor_critic import EncodedActorCritic, encoded_arguments
from agents.networks.centred_features import centred_arguments
from agents.networks.policy import Policy
from agents.row_noise import count_rows, draw_categorical, next_counts, row_uniforms
from envs.core.arguments import check_types
from envs.core.naming import check_known

ENCODERS = ("centred", "shared")


@dataclass(frozen=True, kw_only=True)
class PPOConfig:
    """Hyper-parameters under stable-baselines3's names, the network's width, and how to go on from a cloned policy."""

    total_steps: int = 800_000
    num_envs: int = 256
    n_steps: int = 32
    batch_size: int = 1024
    n_epochs: int = 4
    learning_rate: float = 1e-3
    """Falls linearly to 5 % of itself."""
    gamma: float = 0.97
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    ent_coef: float = 0.01
    width: int = 256
    """Of the encoder `centred`."""
    encoder: str | None = None
    """`centred` (one size of grid only) or `shared` with imitation; None: centred on grids, shared on roads."""
    cells: int | None = None
    """Features of each cell of the occupancy in the encoder `shared`, as imitation's `width`."""
    spread: float = 0.3
    """Of actions in a box as they are drawn at first: standard deviation in half ranges."""
    warm_start: str | None = None
    """File of a cloned policy (behavior-cloning, dagger) to begin with."""
    warm_rollouts: int = 4
    """After a warm start: rollouts from which the critic alone learns."""
    warm_learning_rate: float = 2e-4
    """After a warm start: instead of `learning_rate`, once the policy learns too."""
    warm_target_kl: float = 0.02
    """After a warm start: updates on a rollout end when the policy has moved further than 1.5 times this."""
    warm_ent_coef: float = 0.0
    """After a warm start: instead of `ent_coef`; a bonus for being undecided would undo what was cloned."""
    warm_spread: float = 0.1
    """After a warm start: instead of `spread`, in spreads of the clone's labels."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least_one(self, "total_steps", "num_envs", "n_steps", "batch_size", "n_epochs", "width", "cells")
        check_known("encoder", self.encoder, (*ENCODERS, None))
        for name in ("learning_rate", "spread", "warm_learning_rate", "warm_target_kl", "warm_spread"):
            if getattr(self, name) <= 0:
                raise ValueError(f"PPOConfig.{name}: expected > 0, got {getattr(self, name)}.")


class PPOAgent(Learner):
    """A policy learned from rewards alone, or from a cloned policy on, on the training levels of an environment.

    On grids it is made for one map size, unless it shares imitation's encoder.
    """

    name: ClassVar[str] = "ppo"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = PPOConfig
    config: PPOConfig
    network: MultiInputActorCriticPolicy

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        agent = super().for_env(env, **config)  # type: ignore[misc]
        path = agent.config.warm_start
        if path is not None:
            from agents import load

            agent._begin_with(load(path, env), str(path))
        return agent

    def build(self) -> MultiInputActorCriticPolicy:
        space = self.action_space
        if not isinstance(space, spaces.Discrete | spaces.Box):
            raise ValueError(f"Agent 'ppo' takes Discrete actions or a Box of them, got the action space {space}.")
        occupancy = self.observation_space.get("occupancy")
        if self.config.encoder == "centred" and not isinstance(occupancy, spaces.MultiBinary):
            raise ValueError(f"The encoder 'centred' looks at a grid's binary 'occupancy', got the space {occupancy}.")
        kind, arguments = self.policy()
        return kind(self.observation_space, space, lambda _: self.config.learning_rate, **arguments)

    def policy(self) -> tuple[type[MultiInputActorCriticPolicy], dict[str, Any]]:
        """Class and arguments of the network, as stable-baselines3 takes them."""
        config = self.config
        if self.is_centred:
            return MultiInputActorCriticPolicy, centred_arguments(width=config.width)
        return EncodedActorCritic, encoded_arguments(cells=config.cells, spread=config.spread)

    @property
    def is_centred(self) -> bool:
        """Whether the network looks at the window round the agent, rather than by imitation's encoder."""
        is_grid = isinstance(self.observation_space.get("occupancy"), spaces.MultiBinary)
        return (self.config.encoder or ("centred" if is_grid else "shared")) == "centred"

    def warm_start(self: Own, cloned: Agent) -> Own:
        """Decide, from now on, as `cloned` does, and learn on from there; returns the agent itself.

        The network becomes one like the clone's, and `config` tells so. Actions drawn at random spread about the
        clone's; deterministic ones are its own, to the last bit.

        Args:
            cloned: An agent `behavior-cloning` or `dagger` for the same spaces.

        Raises:
            ValueError: another agent, or other spaces.
        """
        self._begin_with(cloned, cloned.name)  # type: ignore[attr-defined]
        return self

    def _begin_with(self, cloned: Any, source: str) -> None:
        clone = getattr(cloned, "network", None)
        if not isinstance(clone, Policy):
            raise ValueError(f"A warm start needs 'behavior-cloning' or 'dagger', got the agent {cloned.name!r}.")
        check_spaces(self, cloned)
        changes = {"encoder": "shared", "cells": cloned.config.width, "warm_start": source}
        self.config = replace(self.config, **changes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            network = self.build().eval()
        assert isinstance(network, EncodedActorCritic)
        network.take_over(clone, spread=self.config.warm_spread)
        self.network = network

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        said, is_choice = self.outputs(observation).numpy(), isinstance(self.action_space, spaces.Discrete)
        if deterministic:
            return (said.argmax(axis=1) if is_choice else self._boxed(said)), None
        counts = count_rows(len(said), state, episode_start)
        unit = row_uniforms(self.config.seed, counts, said.shape[1])
        if is_choice:
            return draw_categorical(said, unit), next_counts(counts)
        drawn = said + np.exp(self.network.log_std.numpy()) * ndtri(unit.clip(1e-12, 1 - 1e-12))
        return self._boxed(drawn), next_counts(counts)

    def _boxed(self, flat: np.ndarray) -> np.ndarray:
        space = self.action_space
        assert isinstance(space, spaces.Box)
        shaped = flat.reshape(-1, *space.shape)
        return shaped.clip(space.low, space.high).astype(space.dtype)

    def outputs(self, observation: Observation) -> torch.Tensor:
        """What the policy says of a batch: logits of choices, or means of vectors [batch number]."""
        if self.is_centred:
            expected, found = self.observation_space["occupancy"].shape, np.shape(observation["occupancy"])[1:]
            if expected != found:
                raise ValueError(
                    f"This policy was made for occupancy {expected}, got {found}: it serves one size only."
                )
        # Not get_distribution: that would leave its logits on the network, and an agent keeps nothing of an episode.
        network = self.network
        features = network.pi_features_extractor(_plain_tensors(observation))
        return network.action_net(network.mlp_extractor.forward_actor(features))

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """How likely each action is or, where actions are trajectories, the plan; and what the encoder has to show."""
        said, space, shown = self.outputs(observation), self.action_space, {}
        if not self.is_centred:
            features: Any = self.network.pi_features_extractor
            shown = features.encoder.explain(features.scaled(_plain_tensors(observation)))
        if isinstance(space, spaces.Discrete):
            return {"action_probabilities": functional.softmax(said, dim=1).numpy(), **shown}
        is_trajectory = len(space.shape or ()) == 2 and space.shape[1] == 3  # type: ignore[index]
        return {**shown, "plan": self._boxed(said.numpy())} if is_trajectory else shown

    def study(self, lesson: Lesson) -> None:
        from agents.ppo_training import train

        train(self, lesson)


def check_spaces(agent: Learner, cloned: Agent) -> None:
    """Refuse a clone for other actions or observations; maps of another size are welcome where its encoder serves any.

    Raises:
        ValueError: with both spaces.
    """
    if agent.action_space != cloned.action_space:
        raise ValueError(f"The clone's actions are {cloned.action_space}, the agent's {agent.action_space}.")
    own, others = dict(agent.observation_space.items()), dict(cloned.observation_space.items())
    if list(own) != list(others):
        raise ValueError(f"The clone observes {list(others)}, the agent {list(own)}.")
    for key, space in own.items():
        is_map = isinstance(space, spaces.MultiBinary) and isinstance(others[key], spaces.MultiBinary)
        shapes = [part.shape[:1] if is_map and key == "occupancy" else part.shape for part in (space, others[key])]  # type: ignore[index]
        if type(space) is not type(others[key]) or shapes[0] != shapes[1]:
            raise ValueError(f"The clone's observation {key!r} is {others[key]}, the agent's {space}.")


def _plain_tensors(observation: Observation) -> dict[str, torch.Tensor]:
    # As stable-baselines3 gives them while learning: bytes as they are.
    return {key: torch.from_numpy(np.array(array, np.float32, order="C")) for key, array in observation.items()}
