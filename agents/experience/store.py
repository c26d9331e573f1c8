"""Episodes of whatever behaviour, frame by frame, in memory: windows of them are what world models learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from agents.columns import Column, packed_column, restored
from agents.experience.tracks import tracks_of
from envs.core.atomic import write_atomically
from world_models.experience import Tracks, Windows

SEEN = "observation/"
"""Of the names of columns that were observed."""
STEP = ("actions", "rewards", "terminated")
EPISODE = ("level", "seed", "behaviour", "parent", "parent_step")
"""What is known of each episode: its level; the seed that it began from; the number of its behaviour in
`agents.experience.mix.BEHAVIOURS`; and, of a branch, the episode and the step that it leaves from, else -1."""
LENGTHS = "episode/length"
Rows = Int64[np.ndarray, " row"]


class Experience:
    """Frames of episodes in their order, one more in each than actions; images of two values are packed.

    A row is a step: the frame that was seen, what was done, and where it led.

    Args:
        columns: What is kept of each frame; of a step, beside the frame that it was done on, and 0 at last frames.
        lengths: Steps of each episode, at least 1.
        facts: See `EPISODE`, [episode].
        places: Row of the columns in which each frame lies; None: they lie in order.
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        lengths: Int64[np.ndarray, " episode"],
        *,
        facts: Mapping[str, np.ndarray],
        places: Int64[np.ndarray, " frame"] | None = None,
    ) -> None:
        self.columns, self.lengths, self.facts = dict(columns), lengths, dict(facts)
        self._places = np.arange(int((lengths + 1).sum())) if places is None else places
        self.episodes = np.repeat(np.arange(len(lengths)), lengths)
        """The episode of each row."""
        self._frames = np.arange(len(self.episodes)) + self.episodes
        self._last = np.cumsum(lengths + 1) - 1

    def __len__(self) -> int:
        """Steps."""
        return len(self.episodes)

    @property
    def levels(self) -> Int64[np.ndarray, " row"]:
        """The level that each row is from."""
        return self.facts["level"][self.episodes]

    @property
    def ages(self) -> Int64[np.ndarray, " row"]:
        """Steps of the same episode before each row."""
        return np.arange(len(self)) - (np.cumsum(self.lengths) - self.lengths)[self.episodes]

    def windows(self, rows: Rows, frames: int, *, keys: Sequence[str] | None = None) -> Windows:
        """Windows of `frames` frames that begin at some rows; of what was observed all keys, or these.

        From the end of an episode on frames repeat its last one, and actions, rewards and ends are 0.
        """
        if frames < 2:
            raise ValueError(f"frames: expected at least 2, got {frames}.")
        asked = self._frames[rows, None] + np.arange(frames)
        last = self._last[self.episodes[rows], None]
        places = self._places[np.minimum(asked, last)]
        seen = self.keys if keys is None else keys
        of_step = {name: torch.from_numpy(self._at(name, places[:, :-1])) for name in STEP}
        return Windows(
            observation={key: torch.from_numpy(self._at(SEEN + key, places)) for key in seen},
            is_real=torch.from_numpy(asked[:, :-1] < last),
            to_go=torch.from_numpy(self._at("to_go", places)),
            tracks=self._tracks(places) if "poses" in self.columns else None,
            **of_step,
        )

    def _at(self, name: str, places: Int64[np.ndarray, "..."]) -> np.ndarray:
        return self.columns[name].take(places)

    def _tracks(self, places: Int64[np.ndarray, "batch time"]) -> Tracks:
        poses, kinds, lives = (self._at(name, places) for name in ("poses", "kinds", "lives"))
        return tracks_of(poses, kinds, lives, self._at("sizes", places[:, 0]))

    @property
    def keys(self) -> tuple[str, ...]:
        """Of what was observed."""
        return tuple(name.removeprefix(SEEN) for name in self.columns if name.startswith(SEEN))

    def sample(self, batch: int, frames: int, rng: np.random.Generator, *, among: Rows | None = None) -> Windows:
        """Windows that begin anywhere, or at any of the rows `among`."""
        drawn = rng.integers(len(self) if among is None else len(among), size=batch)
        return self.windows(drawn if among is None else among[drawn], frames)

    def only(self, rows: Rows) -> "Part":
        """To draw from these rows alone."""
        return Part(self, rows)

    def apart(self, share: float) -> tuple[Int64[np.ndarray, " learn"], Int64[np.ndarray, " validate"]]:
        """(rows to learn from, rows to validate on): about `share` of the levels are the latter's alone.

        Raises:
            ValueError: fewer than two levels, or a share not inside (0, 1).
        """
        levels = np.unique(self.facts["level"])
        if not 0.0 < share < 1.0 or len(levels) < 2:
            raise ValueError(f"Expected a share in (0, 1) of two levels or more, got {share} of {len(levels)}.")
        count = min(max(1, round(share * len(levels))), len(levels) - 1)
        kept = np.isin(self.levels, np.random.default_rng(len(levels)).permutation(levels)[:count])
        return np.flatnonzero(~kept), np.flatnonzero(kept)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything, to be kept and given back to `from_arrays`."""
        kept: dict[str, np.ndarray] = {LENGTHS: self.lengths}
        kept |= {f"episode/{name}": array for name, array in self.facts.items()}
        for name, column in self.columns.items():
            found = column.arrays(name, len(column.values))
            kept |= {key: array if key.endswith(".cols") else array[self._places] for key, array in found.items()}
        return kept

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> "Experience":
        """What `arrays` returned."""
        lengths = np.asarray(arrays[LENGTHS])
        facts = {name: np.asarray(arrays[f"episode/{name}"]) for name in EPISODE}
        names = {name.removesuffix(".bits").removesuffix(".cols") for name in arrays if not name.startswith("episode/")}
        frames = int((lengths + 1).sum())
        return cls({name: restored(frames, name, arrays) for name in sorted(names)}, lengths, facts=facts)

    def save(self, path: str | Path) -> None:
        """Write everything to one .npz file."""
        arrays: dict[str, Any] = self.arrays()
        write_atomically(path, lambda file: np.savez(file, **arrays))

    @classmethod
    def load(cls, path: str | Path) -> "Experience":
        """What `save` wrote.

        Raises:
            FileNotFoundError: no such file.
            ValueError: not such a file.
        """
        with np.load(path) as file:
            arrays = dict(file)
        if LENGTHS not in arrays:
            raise ValueError(f"{path}: expected experience with {LENGTHS!r}, found {sorted(arrays)}.")
        return cls.from_arrays(arrays)


@dataclass(frozen=True)
class Part:
    """Some rows of experience, as a source of windows."""

    experience: Experience
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, batch: int, frames: int, rng: np.random.Generator) -> Windows:
        """Windows that begin at any of the rows."""
        return self.experience.sample(batch, frames, rng, among=self.rows)


def new_columns(capacity: int, arrays: Mapping[str, np.ndarray]) -> dict[str, Column]:
    """Columns that suit a first batch of frames."""
    return {name: packed_column(capacity, array) for name, array in arrays.items()}
