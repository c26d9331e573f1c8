"""Proximal policy optimisation by stable-baselines3, on our native batch (Schulman et al., 2017)."""

import time
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn
from torch.nn import functional

from agents.agent import Lesson, Observation, State
from agents.config import check_at_least_one
from agents.learner import Learner
from agents.networks.centred import CentredWindow
from agents.networks.policy import as_tensors
from agents.progress import progress_bar
from agents.row_noise import count_rows, draw_categorical, next_counts, row_uniforms
from agents.stable_baselines import SB3VecEnv
from agents.training_state import Progress, TrainingState
from envs.core.arguments import check_types


@dataclass(frozen=True, kw_only=True)
class PPOConfig:
    """Hyper-parameters under stable-baselines3's names, and the network's width."""

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
    seed: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least_one(self, "total_steps", "num_envs", "n_steps", "batch_size", "n_epochs", "width")


class CentredFeatures(BaseFeaturesExtractor):
    """The agent-centred window and all other keys, through one layer."""

    def __init__(self, observation_space: spaces.Dict, width: int = 256) -> None:
        super().__init__(observation_space, width)
        self.extras = [key for key in observation_space if key != "occupancy"]
        self.window = CentredWindow(*observation_space["occupancy"].shape)  # type: ignore[misc]
        extra_size = sum(prod(observation_space[key].shape or ()) for key in self.extras)
        self.layer = nn.Sequential(nn.Linear(self.window.size + extra_size, width), nn.ReLU())

    def forward(self, observations: dict[str, torch.Tensor]) -> torch.Tensor:
        """Features [batch width]."""
        extras = [observations[key].flatten(1) for key in self.extras]
        return self.layer(torch.cat([self.window(observations["occupancy"].float()), *extras], dim=1))


class PPOAgent(Learner):
    """A policy for one map size, learned from rewards alone, on the training levels of an environment."""

    name: ClassVar[str] = "ppo"
    Config: ClassVar[type] = PPOConfig
    config: PPOConfig
    network: MultiInputActorCriticPolicy

    def build(self) -> MultiInputActorCriticPolicy:
        config, space = self.config, self.action_space
        if not isinstance(space, spaces.Discrete):
            raise ValueError(f"Agent 'ppo' chooses among discrete actions, got the action space {space}.")
        occupancy = self.observation_space.get("occupancy")
        if not isinstance(occupancy, spaces.MultiBinary):
            raise ValueError(f"Agent 'ppo' looks at a grid's binary 'occupancy', got the space {occupancy}.")
        return MultiInputActorCriticPolicy(
            self.observation_space, space, lambda _: config.learning_rate, **policy_arguments(config)
        )

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        logits = self._logits(observation).numpy()
        if deterministic:
            return logits.argmax(axis=1), None
        counts = count_rows(len(logits), state, episode_start)
        return draw_categorical(logits, row_uniforms(self.config.seed, counts, logits.shape[1])), next_counts(counts)

    def _logits(self, observation: Observation) -> torch.Tensor:
        expected, found = self.observation_space["occupancy"].shape, np.shape(observation["occupancy"])[1:]
        if expected != found:
            raise ValueError(f"This policy was made for occupancy {expected}, got {found}: it serves one size only.")
        # Not get_distribution: that would leave its logits on the network, and an agent keeps nothing of an episode.
        network = self.network
        features = network.extract_features(as_tensors(observation), network.pi_features_extractor)
        return network.action_net(network.mlp_extractor.forward_actor(features))  # type: ignore[arg-type]

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """How likely each action is."""
        return {"action_probabilities": functional.softmax(self._logits(observation), dim=1).numpy()}

    def study(self, lesson: Lesson) -> None:
        config = self.config
        worlds = SB3VecEnv(lesson.source, config.num_envs, seed=config.seed)
        model = PPO(
            "MultiInputPolicy",
            worlds,
            n_steps=config.n_steps,
            batch_size=config.batch_size,
            n_epochs=config.n_epochs,
            learning_rate=lambda left: config.learning_rate * max(0.05, left),
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            clip_range=config.clip_range,
            ent_coef=config.ent_coef,
            policy_kwargs=policy_arguments(config),
            seed=config.seed,
            device="cpu",
        )
        own = self.network
        model.policy.load_state_dict(own.state_dict())
        self.network = model.policy  # type: ignore[assignment]
        saved, stand = TrainingState(lesson.checkpoint), Progress(model.policy.optimizer)
        saved.begin(self, stand, resume=lesson.resume)
        model.num_timesteps = stand.updates
        left = config.total_steps - model.num_timesteps
        try:
            if left > 0:
                model.learn(left, _Record(self, saved, stand, lesson.progress), reset_num_timesteps=False)
        finally:
            # The weights only: the learner's network also holds the last batch and its graph.
            own.load_state_dict(model.policy.state_dict())
            self.network = own
            worlds.close()


def policy_arguments(config: PPOConfig) -> dict[str, Any]:
    """The network, as stable-baselines3 takes it."""
    return {
        "features_extractor_class": CentredFeatures,
        "features_extractor_kwargs": {"width": config.width},
        "net_arch": [config.width],
        "activation_fn": nn.ReLU,
        "normalize_images": False,
    }


class _Record(BaseCallback):
    """History, training checkpoints and a bar, every ten rollouts."""

    def __init__(self, agent: PPOAgent, saved: TrainingState, stand: Progress, progress: bool) -> None:
        super().__init__()
        self.agent, self.saved, self.stand = agent, saved, stand
        self.bar = progress_bar(agent.config.total_steps, "ppo", unit="steps", shown=progress)
        self.ended: list[float] = []
        self.rollouts = 0
        self.began = time.process_time() - (agent.history[-1]["cpu_seconds"] if agent.history else 0.0)

    def _on_step(self) -> bool:
        self.ended += [info["metrics"]["success"] for info in self.locals["infos"] if "metrics" in info]
        return True

    def _on_rollout_end(self) -> None:
        self.rollouts += 1
        self.bar.update(self.num_timesteps - self.bar.n)
        if self.rollouts % 10 == 0:
            self._write()

    def _on_training_end(self) -> None:
        if self.rollouts % 10 != 0:
            self._write()
        self.bar.close()

    def _write(self) -> None:
        success = float(np.mean(self.ended)) if self.ended else float("nan")
        spent = time.process_time() - self.began
        self.agent.history.append({"steps": self.num_timesteps, "success": success, "cpu_seconds": spent})
        self.bar.set_postfix(success=f"{success:.1%}")
        self.ended = []
        self.stand.updates = self.num_timesteps
        self.saved.write(self.agent, self.stand)
