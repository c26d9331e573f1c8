"""Labelled maps: what planning networks learn from. Many states share one map, and so one sweep of values."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Bool, Integer

from envs.gridworld.files.planning import PlanningMaps
from envs.gridworld.files.vin import VinTasks


@dataclass(frozen=True, eq=False)
class LabelledMaps:
    """Maps of one size with a goal each [row, col], and states on them with what the expert does there.

    Tasks may come in any order; `action` counts N, S, E, W, NE, NW, SE, SW. `batches` holds rows of tasks as they were
    published: ten of one map, some of them repeated as padding, the batches of a map together. None: there are none.
    """

    blocked: Bool[np.ndarray, "map row col"]
    goal: Integer[np.ndarray, "map 2"]
    task_map: Integer[np.ndarray, " task"]
    start: Integer[np.ndarray, "task 2"]
    action: Integer[np.ndarray, " task"]
    batches: Integer[np.ndarray, "batch place"] | None = None

    def __len__(self) -> int:
        return len(self.action)

    @classmethod
    def of_vin(cls, tasks: VinTasks) -> Self:
        """A training file of value iteration networks.

        Raises:
            ValueError: a test file, whose states have paths and no labels.
        """
        if tasks.expert_action is None:
            raise ValueError(f"{tasks.path}: expected a training file with one label a state, found paths.")
        return cls(tasks.blocked, tasks.goal, tasks.task_map, tasks.start, tasks.expert_action)

    @classmethod
    def of_planning(cls, maps: PlanningMaps) -> Self:
        """Every cell that the goal can be reached from, of a planning data set."""
        wanted = np.isfinite(maps.distance) & (maps.distance > 0)
        task_map, row, col = np.nonzero(wanted)
        action = maps.actions.argmax(axis=1)[task_map, row, col]
        return cls(maps.blocked, maps.goal, task_map, np.stack([row, col], axis=1), action)

    def of_maps(self, chosen: Integer[np.ndarray, " chosen"]) -> Self:
        """Some of the maps, each at most once, with their tasks and batches."""
        is_chosen = np.zeros(len(self.blocked), bool)
        is_chosen[chosen] = True
        rows = None if self.batches is None else self.batches[is_chosen[self.task_map[self.batches[:, 0]]]]
        return self._kept(chosen, is_chosen[self.task_map], rows)

    def of_batches(self, low: int, high: int) -> Self:
        """The batches low to high - 1, the maps they are of, and the tasks whose map and cell are in them.

        Raises:
            ValueError: there are no batches, or none in this range.
        """
        if self.batches is None or not 0 <= low < high <= len(self.batches):
            count = 0 if self.batches is None else len(self.batches)
            raise ValueError(f"Expected batches 0 <= low < high <= {count}, got {low} and {high}.")
        rows = self.batches[low:high]
        is_seen = np.zeros(self.blocked.shape, bool)
        is_seen[self.task_map[rows], self.start[rows, 0], self.start[rows, 1]] = True
        return self._kept(np.unique(self.task_map[rows]), is_seen[self.task_map, *self.start.T], rows)

    def _kept(self, maps: np.ndarray, is_kept: np.ndarray, rows: np.ndarray | None) -> Self:
        place = np.full(len(self.blocked), -1)
        place[maps] = np.arange(len(maps))
        number = np.cumsum(is_kept) - 1
        return type(self)(
            self.blocked[maps],
            self.goal[maps],
            place[self.task_map[is_kept]],
            self.start[is_kept],
            self.action[is_kept],
            None if rows is None else number[rows],
        )
