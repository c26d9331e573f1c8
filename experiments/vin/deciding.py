"""Networks as functions of (map, cell): those that value a whole map are asked once for all of its cells."""

import time
from statistics import median
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float32, Int64

from agents.networks.value_iteration.batches import map_tensor
from agents.networks.value_iteration.planning import PlanningNetwork
from experiments.vin.exact import NUM_MOVES, Solved, solve

CELLS = 400_000
"""Cells of maps in one pass of a network that values whole maps."""
STATES = 2048
"""States in one pass of another."""
Indices = Int64[np.ndarray, " n"]
Logits = Float32[np.ndarray, "n action"]


class Deciding(Protocol):
    """Decides in cells of maps."""

    def logits(self, maps: Indices, cells: Indices) -> Logits:
        """Of the eight moves."""
        ...

    def moves(self, maps: Indices, cells: Indices) -> np.ndarray:
        """The likeliest ones."""
        ...


class WholeMaps:
    """All cells of all maps decided at once: a rollout is a look-up then."""

    def __init__(self, network: PlanningNetwork, solved: Solved) -> None:
        num_maps, cells = solved.distance.shape
        self._logits = np.empty((num_maps, cells, NUM_MOVES), np.float32)
        every = np.stack(np.divmod(np.arange(cells), solved.num_cols), axis=1)
        step = max(1, CELLS // cells)
        for low in range(0, num_maps, step):
            high = min(low + step, num_maps)
            maps = map_tensor(solved.blocked[low:high], solved.goal[low:high])
            task_map = torch.arange(high - low).repeat_interleave(cells)
            found = run(network, maps, task_map, torch.from_numpy(np.tile(every, (high - low, 1))))
            self._logits[low:high] = found.reshape(high - low, cells, NUM_MOVES)
        self._moves = self._logits.argmax(axis=2)

    def logits(self, maps: Indices, cells: Indices) -> Logits:
        return self._logits[maps, cells]

    def moves(self, maps: Indices, cells: Indices) -> np.ndarray:
        return self._moves[maps, cells]


class StateByState:
    """States decided as they come, for networks that see where the agent is."""

    def __init__(self, network: PlanningNetwork, solved: Solved) -> None:
        self._network, self._solved = network, solved
        self._maps = map_tensor(solved.blocked, solved.goal)

    def logits(self, maps: Indices, cells: Indices) -> Logits:
        found = np.empty((len(maps), NUM_MOVES), np.float32)
        places = torch.from_numpy(np.stack(np.divmod(cells, self._solved.num_cols), axis=1))
        for low in range(0, len(maps), STATES):
            part = slice(low, low + STATES)
            unique, index = np.unique(maps[part], return_inverse=True)
            found[part] = run(
                self._network, self._maps[torch.from_numpy(unique)], torch.from_numpy(index), places[part]
            )
        return found

    def moves(self, maps: Indices, cells: Indices) -> np.ndarray:
        return self.logits(maps, cells).argmax(axis=1)


def decide(network: PlanningNetwork, solved: Solved) -> Deciding:
    """The way that suits the network."""
    one = map_tensor(solved.blocked[:1], solved.goal[:1])
    return (StateByState if network.values(one) is None else WholeMaps)(network, solved)


@torch.no_grad()
def run(network: PlanningNetwork, maps: torch.Tensor, task_map: torch.Tensor, cell: torch.Tensor) -> np.ndarray:
    """Logits as an array."""
    return network(maps, task_map, cell).numpy()


def decision_ms(network: PlanningNetwork, solved: Solved, *, repeats: int = 20) -> float:
    """Median time of one decision on a map never seen before [ms of this thread, which does all the work]."""
    spent = []
    for index in range(-1, repeats):  # the first one warms up
        which = max(index, 0) % len(solved.goal)
        maps = map_tensor(solved.blocked[which : which + 1], solved.goal[which : which + 1])
        began = time.thread_time()
        run(network, maps, torch.zeros(1, dtype=torch.long), torch.tensor([[1, 1]]))
        spent.append(time.thread_time() - began)
    return 1000.0 * median(spent[1:])


def exact_ms(solved: Solved, *, repeats: int = 5) -> float:
    """Time of exact planning on a map, from all cells at once [ms of this thread]: mean of maps, median of repeats."""
    blocked, goal = solved.blocked[:20], solved.goal[:20]
    spent = []
    for _ in range(repeats):
        began = time.thread_time()
        solve(blocked, goal, solved.convention)
        spent.append(time.thread_time() - began)
    return 1000.0 * median(spent) / len(goal)
