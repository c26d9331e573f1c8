"""The one way in which world models are fitted: AdamW down their own loss, on windows drawn from experience."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, isfinite, pi
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from world_models.experience import Tracks, Windows
from world_models.model import WorldModel

LOWEST = 0.02
"""Share of the learning rate that is left at the end."""
MEASURED = 512
"""Windows of two frames that `prepare` sees, all at once."""
ENTRIES = 20
"""Entries of the history, unless told otherwise."""


@runtime_checkable
class Source(Protocol):
    """Where windows come from."""

    def sample(self, batch: int, frames: int, rng: np.random.Generator) -> Windows:
        """`batch` windows of `frames` frames."""
        ...


@dataclass(frozen=True)
class FitConfig:
    """How long, on how much, and how fast."""

    updates: int = 3000
    """In all."""
    batch: int = 32
    """Windows of an update."""
    frames: int = 9
    """Of a window; a horizon of 8 needs 9."""
    lr: float = 1e-3
    """Highest learning rate: it rises linearly and falls by a cosine."""
    warmup: int = 100
    """Updates over which it rises."""
    clip: float = 10.0
    """Largest norm of the gradient."""
    weight_decay: float = 1e-2
    """Of matrices and kernels; offsets and scales are left alone."""
    seconds: float | None = None
    """Stop after so many, with the learning rate down by then; such a run cannot be repeated to the bit."""
    seed: int = 0
    """Of the windows, and of what a model draws while it learns."""

    def __post_init__(self) -> None:
        for name in ("updates", "batch", "warmup"):
            if getattr(self, name) < 1:
                raise ValueError(f"FitConfig.{name}: expected >= 1, got {getattr(self, name)}.")
        if self.frames < 2:
            raise ValueError(f"FitConfig.frames: expected >= 2, an action lies between two, got {self.frames}.")
        for name in ("lr", "clip", "seconds"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value > 0):
                raise ValueError(f"FitConfig.{name}: expected a finite number > 0, got {value}.")


class Fitting:
    """Where the fitting of a model stands; every update draws by its own number, so that it can go on from any.

    Args:
        model: On the device that it is to learn on.
        config: How.
    """

    def __init__(self, model: WorldModel, config: FitConfig) -> None:
        self.model, self.config = model, config
        learned = [part for part in model.parameters() if part.requires_grad]
        if not model.learns or not learned:
            raise ValueError(f"World model {model.name!r} has nothing to learn.")
        groups = [
            {"params": [part for part in learned if part.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [part for part in learned if part.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=config.lr)
        self.updates = 0
        self.seconds = 0.0
        """Spent so far."""
        self.history: list[dict[str, Any]] = []
        """An entry for every stretch of updates: mean loss and mean of its named parts, `validation/...` at its end."""

    @property
    def device(self) -> torch.device:
        """Of the model."""
        return next(self.model.parameters()).device

    @property
    def is_over(self) -> bool:
        """All updates are made, or all seconds spent."""
        limit = self.config.seconds
        return self.updates >= self.config.updates or (limit is not None and self.seconds >= limit)

    def run(
        self,
        source: Source,
        until: int | None = None,
        *,
        validation: Windows | None = None,
        report: Callable[[dict[str, Any]], None] | None = None,
        every: int | None = None,
    ) -> list[dict[str, Any]]:
        """Update until `until` updates are made, or the config's; returns the history.

        Args:
            source: Of the windows.
            until: How far to go now; the learning rate falls towards the config's number all the same.
            validation: Windows whose loss is measured, without learning, for every entry.
            report: Called with each new entry.
            every: Updates of an entry; None: `ENTRIES` in all.

        Raises:
            FloatingPointError: the loss is no longer a number.
        """
        last = min(self.config.updates, self.config.updates if until is None else until)
        every = every or max(1, self.config.updates // ENTRIES)
        if self.updates == 0 and not self.is_over:
            self._prepare(source)
        sums: list[dict[str, float]] = []
        try:
            while self.updates < last and not self.is_over:
                sums.append(self._update(source))
                if self.updates % every == 0 or self.updates == last or self.is_over:
                    self._note(sums, validation, report)
                    sums = []
        finally:  # whoever is interrupted may still be asked to play
            self.model.eval()
        return self.history

    def rate(self) -> float:
        """Learning rate of the next update."""
        share = self.updates / self.config.updates
        if self.config.seconds is not None:
            share = max(share, self.seconds / self.config.seconds)
        rise = min(1.0, (self.updates + 1) / self.config.warmup)
        return self.config.lr * rise * (LOWEST + (1.0 - LOWEST) * 0.5 * (1.0 + cos(pi * min(1.0, share))))

    def tensors(self) -> dict[str, Tensor]:
        """What an interrupted fitting goes on from, besides the model's own state and the history."""
        kept = {"updates": torch.tensor([self.updates]), "seconds": torch.tensor([self.seconds], dtype=torch.float64)}
        for index, moments in self.optimizer.state_dict()["state"].items():
            kept |= {f"{index}/{name}": torch.as_tensor(value) for name, value in moments.items()}
        return kept

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` returned."""
        self.updates, self.seconds = int(tensors["updates"].item()), float(tensors["seconds"].item())
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, _, moment = name.partition("/")
            if moment:
                moments.setdefault(int(index), {})[moment] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})

    def _prepare(self, source: Source) -> None:
        rng = np.random.default_rng((self.config.seed, 2**32))
        self.model.prepare(source.sample(MEASURED, 2, rng).to(self.device))

    def _update(self, source: Source) -> dict[str, float]:
        began = time.perf_counter()
        rng = np.random.default_rng((self.config.seed, self.updates))
        windows = source.sample(self.config.batch, self.config.frames, rng).to(self.device)
        self.model.train()
        with drawing_by(int(rng.integers(2**62)), self.device):
            loss, parts = self.model.loss(windows)
        if not isfinite(value := loss.item()):
            raise FloatingPointError(f"{self.model.name}: the loss of update {self.updates} is {value}, of {parts}.")
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        self.updates += 1
        self.seconds += time.perf_counter() - began
        return {"loss": value, **parts}

    def _note(
        self,
        sums: list[dict[str, float]],
        validation: Windows | None,
        report: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        entry: dict[str, Any] = {"updates": self.updates, **mean_parts(sums), "seconds": self.seconds}
        if validation is not None:
            entry |= {f"validation/{name}": value for name, value in self.measure(validation).items()}
        self.history.append(entry)
        if report is not None:
            report(entry)

    @torch.no_grad()
    def measure(self, windows: Windows) -> dict[str, float]:
        """Loss and its parts on `windows`, without learning, in batches of the config's size."""
        self.model.eval()
        found, sizes = [], []
        for first in range(0, len(windows), self.config.batch):
            some = rows_of(windows, first, first + self.config.batch).to(self.device)
            with drawing_by(self.config.seed, self.device):
                loss, parts = self.model.loss(some)
            found.append({"loss": loss.item(), **parts})
            sizes.append(len(some))
        return mean_parts(found, sizes)


@contextmanager
def drawing_by(seed: int, device: torch.device) -> Iterator[None]:
    """Within it torch draws by `seed`; the caller's generators are as they were afterwards."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def mean_parts(found: list[dict[str, float]], sizes: list[int] | None = None) -> dict[str, float]:
    """Mean of every name, over the dictionaries that have it."""
    weights = sizes or [1] * len(found)
    names = dict.fromkeys(name for parts in found for name in parts)
    means = {}
    for name in names:
        values = [(parts[name], weight) for parts, weight in zip(found, weights, strict=True) if name in parts]
        means[name] = sum(value * weight for value, weight in values) / sum(weight for _, weight in values)
    return means


def rows_of(windows: Windows, first: int, last: int) -> Windows:
    """Windows from `first` to before `last`."""
    tracks = windows.tracks and Tracks(*(part[first:last] for part in vars(windows.tracks).values()))
    parts = {name: part[first:last] for name, part in vars(windows).items() if isinstance(part, Tensor)}
    return Windows({key: part[first:last] for key, part in windows.observation.items()}, **parts, tracks=tracks)
