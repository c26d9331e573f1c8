"""How a planning agent's model comes to know its worlds: collect, fit, note, write, go on where it was interrupted."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from agents.agent import Lesson
from agents.experience import Experience, Mix, collect_experience
from agents.mpc.settings import Words, check_fields, read_words
from agents.progress import progress_bar
from agents.training_state import Progress, TrainingState
from world_models.experience import Windows
from world_models.fitting import FitConfig, Fitting

CHUNKS = 20
"""A training checkpoint is written so many times."""
HELD_BACK = 0.05
"""Share of the levels that is learned nothing from."""
VALIDATED = 128
"""Windows of theirs that the loss is measured on."""
EXPERIENCE = "experience.npz"
"""Beside the training state."""


@dataclass(frozen=True)
class Among:
    """Windows that begin at some rows of experience."""

    experience: Experience
    rows: Int64[np.ndarray, " some"] | None

    def sample(self, batch: int, frames: int, rng: np.random.Generator) -> Windows:
        """`batch` windows of `frames` frames."""
        return self.experience.sample(batch, frames, rng, among=self.rows)


def fit_model(agent: Any, lesson: Lesson) -> None:
    """Fit `agent.network` to what `lesson` offers: worlds to act in, or `Experience`.

    Args:
        agent: A `LatentMPC`.
        lesson: With a checkpoint, experience and training state are kept there.
    """
    config = agent.config
    fitting, saved = Fitting(agent.network, fit_config(config)), TrainingState(lesson.checkpoint)
    stand = Progress(fitting.optimizer)
    saved.begin(agent, stand, resume=lesson.resume)
    fitting.updates = stand.updates
    before = agent.history[-1]["cpu_seconds"] if agent.history else 0.0
    fitting.seconds = agent.history[-1].get("fit_seconds", 0.0) if agent.history else 0.0
    began = time.process_time() - before
    if fitting.is_over:
        return
    experience = experience_of(lesson, config)
    source, validation = parts_of(experience, fitting.config)
    with progress_bar(config.updates, f"fitting {config.model}", initial=fitting.updates, shown=lesson.progress) as bar:
        while not fitting.is_over:
            done = fitting.updates
            until = min(config.updates, done + max(1, config.updates // CHUNKS))
            entry = fitting.run(source, until, validation=validation, every=config.updates)[-1]
            parts = {name: value for name, value in entry.items() if name != "seconds"}
            seconds = {"cpu_seconds": time.process_time() - began}
            if config.minutes is not None:
                seconds["fit_seconds"] = entry["seconds"]
            agent.history.append({"queries": len(experience), **parts, **seconds})
            stand.updates = fitting.updates
            saved.write(agent, stand)
            bar.update(fitting.updates - done)
            bar.set_postfix(loss=f"{entry['loss']:.3f}")


def fit_config(config: Any) -> FitConfig:
    """Of a `LatentMPCConfig`."""
    return FitConfig(
        updates=config.updates,
        batch=config.batch_size,
        frames=config.frames or config.horizon + 1,
        lr=config.learning_rate,
        warmup=max(1, min(100, config.updates // 10)),
        seconds=None if config.minutes is None else 60.0 * config.minutes,
        seed=config.seed,
    )


def experience_of(lesson: Lesson, config: Any) -> Experience:
    """What there is, what an interrupted run has left, or new."""
    if isinstance(lesson.source, Experience):
        return lesson.source
    kept = None if lesson.checkpoint is None else Path(lesson.checkpoint) / EXPERIENCE
    if lesson.resume and kept is not None and kept.is_file():
        return Experience.load(kept)
    experience = collect_experience(
        lesson.source,
        steps=config.experience,
        seed=config.seed,
        num_envs=config.num_envs,
        mix=mix_of(config.mix),
        progress=lesson.progress,
    )
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        experience.save(kept)
    return experience


def mix_of(words: Words) -> Mix:
    """The mix of a config.

    Raises:
        TypeError: a share that there is not, with the nearest that is.
        ValueError: shares that are none.
    """
    shares = read_words(words, "mix")
    check_fields(Mix, shares, "share")
    return Mix(**shares)


def parts_of(experience: Experience, config: FitConfig) -> tuple[Among, Windows | None]:
    """(what is learned from, what is measured on); None where all is of one level."""
    if len(np.unique(experience.levels)) < 2:
        return Among(experience, None), None
    learned, held_back = experience.apart(HELD_BACK)
    rng = np.random.default_rng((config.seed, 1))
    chosen = rng.permutation(held_back)[:VALIDATED]
    return Among(experience, learned), experience.windows(chosen, config.frames)
