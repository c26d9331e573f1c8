"""How PPO learns: stable-baselines3's loop, with training checkpoints, and with patience after a warm start."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from agents.agent import Lesson
from agents.networks.actor_critic import EncodedActorCritic
from agents.progress import progress_bar
from agents.stable_baselines import SB3VecEnv
from agents.training_state import Progress, TrainingState

if TYPE_CHECKING:
    from agents.ppo import PPOAgent, PPOConfig


def train(agent: "PPOAgent", lesson: Lesson) -> None:
    """Learn from rewards until `total_steps` are made."""
    config = agent.config
    worlds = SB3VecEnv(lesson.source, config.num_envs, seed=config.seed)
    kind, arguments = agent.policy()
    model = PPO(
        kind,
        worlds,
        n_steps=config.n_steps,
        batch_size=config.batch_size,
        n_epochs=config.n_epochs,
        learning_rate=lambda left: learning_rate(config, left),
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.ent_coef if config.warm_start is None else config.warm_ent_coef,
        target_kl=None if config.warm_start is None else config.warm_target_kl,
        policy_kwargs=arguments,
        seed=config.seed,
        device="cpu",
    )
    own = agent.network
    model.policy.load_state_dict(own.state_dict())
    agent.network = model.policy  # type: ignore[assignment]
    saved, stand = TrainingState(lesson.checkpoint), Progress(model.policy.optimizer)
    saved.begin(agent, stand, resume=lesson.resume)
    model.num_timesteps = stand.updates
    left = config.total_steps - model.num_timesteps
    try:
        if left > 0:
            model.learn(left, Record(agent, saved, stand, lesson.progress), reset_num_timesteps=False)
    finally:
        # The weights only: the learner's network also holds the last batch and its graph.
        own.load_state_dict(model.policy.state_dict())
        agent.network = own
        worlds.close()


def critic_steps(config: "PPOConfig") -> int:
    """Steps of which the critic alone learns: a policy that is good already is not to follow a critic that is not."""
    return 0 if config.warm_start is None else config.warm_rollouts * config.n_steps * config.num_envs


def learning_rate(config: "PPOConfig", left: float) -> float:
    """At a share `left` of `total_steps`: falls linearly to 5 %; lower once a cloned policy learns too."""
    made = (1.0 - left) * config.total_steps
    is_cloned = config.warm_start is not None and made > critic_steps(config) + 0.5
    return (config.warm_learning_rate if is_cloned else config.learning_rate) * max(0.05, left)


class Record(BaseCallback):
    """History, training checkpoints and a bar, every ten rollouts; and who learns from a rollout."""

    def __init__(self, agent: "PPOAgent", saved: TrainingState, stand: Progress, progress: bool) -> None:
        super().__init__()
        self.agent, self.saved, self.stand = agent, saved, stand
        self.bar = progress_bar(agent.config.total_steps, "ppo", unit="steps", shown=progress)
        self.ended: list[dict[str, float]] = []
        self.rollouts = 0
        self.began = time.process_time() - (agent.history[-1]["cpu_seconds"] if agent.history else 0.0)

    def _on_step(self) -> bool:
        self.ended += [info["metrics"] for info in self.locals["infos"] if "metrics" in info]
        return True

    def _on_rollout_end(self) -> None:
        self.rollouts += 1
        policy: Any = self.model.policy
        if isinstance(policy, EncodedActorCritic):
            for parameter in policy.actor():
                parameter.requires_grad_(self.num_timesteps > critic_steps(self.agent.config))
        self.bar.update(self.num_timesteps - self.bar.n)
        if self.rollouts % 10 == 0:
            self._write()

    def _on_training_end(self) -> None:
        if self.rollouts % 10 != 0:
            self._write()
        self.bar.close()

    def _write(self) -> None:
        success, score = (
            float(np.mean([metrics[name] for metrics in self.ended])) if self.ended else float("nan")
            for name in ("success", "score")
        )
        spent = time.process_time() - self.began
        entry = {"steps": self.num_timesteps, "success": success, "score": score, "cpu_seconds": spent}
        self.agent.history.append(entry)
        self.bar.set_postfix(success=f"{success:.1%}")
        self.ended = []
        self.stand.updates = self.num_timesteps
        self.saved.write(self.agent, self.stand)
