"""Fitting a policy over chunks to demonstrations, with a running mean of its weights."""

import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from agents.behavior_cloning import CHUNKS
from agents.descent import Descent
from agents.imitation import ImitationLesson, last_tenth
from agents.policies.network import ChunkNetwork
from agents.policies.noise import GeneratorNoise
from agents.progress import progress_bar
from agents.sequences import Sequences, demonstrated, recorded
from agents.training_state import TrainingState
from envs.episodes import EpisodeStore

if TYPE_CHECKING:
    from agents.chunk_agent import ChunkAgent, ChunkConfig

EMA_POWER, EMA_MOST = 0.75, 0.9999
EMA = "ema/"
"""Of the running mean's tensors in a training checkpoint."""


def ema_decay(updates: int) -> float:
    """How much of the running mean stays at the n-th update: 1 - (1 + n) ** -0.75, at most 0.9999.

    Source: Chi et al., *Diffusion Policy* (2023), in their published settings.
    """
    return min(EMA_MOST, 1.0 - (1.0 + updates) ** -EMA_POWER)


class ChunkFitting(Descent):
    """Updates on windows of demonstrations, and the running mean of the weights that they lead to."""

    network: ChunkNetwork
    config: "ChunkConfig"

    def __init__(self, network: ChunkNetwork, config: "ChunkConfig") -> None:
        super().__init__(network, config)
        self.mean = AveragedModel(network, avg_fn=self._average) if config.ema else None

    def _average(self, mean: torch.Tensor, weight: torch.Tensor, _: torch.Tensor | int) -> torch.Tensor:
        return torch.lerp(weight, mean, ema_decay(self.updates))

    def run(self, demonstrations: Sequences, until: int, seed: tuple[int, int]) -> float:
        """Update until `until` updates are made; mean loss of the last tenth.

        Args:
            demonstrations: What the expert did.
            until: Updates, with those made before.
            seed: Of the batches and of the noise.
        """
        config, losses = self.config, list[float]()
        rng = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        noise = GeneratorNoise(config.batch_size, generator)
        self.network.train()
        while self.updates < until:
            rows = rng.integers(len(demonstrations), size=config.batch_size)
            windows = demonstrations.windows(rows, history=config.history, horizon=config.horizon)
            losses.append(self.step(self.network.loss(windows, noise)))
            if self.mean is not None:
                self.mean.update_parameters(self.network)
        self.network.eval()
        return last_tenth(losses)

    def measure(self, demonstrations: Sequences) -> None:
        """Tell the network what is usual."""
        everyone = np.arange(len(demonstrations))
        seen = demonstrations.labels.observations(everyone, self.network.encoder.extras)
        self.network.measure(seen, demonstrations.labels.actions(everyone))
        if self.mean is not None:  # of buffers there is nothing to average
            for mine, its in zip(self.mean.module.buffers(), self.network.buffers(), strict=True):
                mine.copy_(its)

    def best(self) -> dict[str, torch.Tensor]:
        """The weights to decide by."""
        network = self.network if self.mean is None else self.mean.module
        return {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def extra(self) -> dict[str, torch.Tensor]:
        """The running mean, for a training checkpoint."""
        if self.mean is None:
            return {}
        return {f"{EMA}{name}": tensor for name, tensor in self.mean.state_dict().items()}

    def restore(self, extra: dict[str, torch.Tensor]) -> None:
        """Take over what `extra` returned."""
        if self.mean is not None and extra:
            self.mean.load_state_dict({name.removeprefix(EMA): tensor for name, tensor in extra.items()})


def study(agent: "ChunkAgent", lesson: ImitationLesson) -> None:
    """Fit `agent` to a store, or to what it asks the environment's expert for."""
    config, source = agent.config, lesson.source
    if isinstance(source, EpisodeStore):
        demonstrations = recorded(source, keys=agent.observation_space, most=config.max_labels)
    else:
        asked = {"labels": min(config.labels, config.max_labels), "num_envs": config.num_envs, "seed": config.seed}
        demonstrations = demonstrated(source, lesson.expert, **asked)
    fitting, saved = ChunkFitting(agent.network, config), TrainingState(lesson.checkpoint)
    fitting.restore(saved.begin(agent, fitting, resume=lesson.resume))
    if fitting.updates == 0:
        fitting.measure(demonstrations)
    began = time.process_time() - (agent.history[-1]["cpu_seconds"] if agent.history else 0.0)
    with progress_bar(config.updates, agent.name, initial=fitting.updates, shown=lesson.progress) as bar:
        while fitting.updates < config.updates:
            done = fitting.updates
            until = min(config.updates, done + max(1, config.updates // CHUNKS))
            loss = fitting.run(demonstrations, until, (config.seed, done))
            spent = time.process_time() - began
            agent.history.append({"updates": until, "queries": len(demonstrations), "loss": loss, "cpu_seconds": spent})
            saved.write(agent, fitting, fitting.extra())
            bar.update(until - done)
            bar.set_postfix(loss=f"{loss:.3f}")
    agent.network.load_state_dict(fitting.best())
