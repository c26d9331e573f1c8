"""Which lanes a track follows: a shortest path through candidates (Viterbi), sample by sample.

After Newson and Krumm, "Hidden Markov map matching through noise and sparseness" (2009): a candidate costs its
distance and misalignment, a transition costs lane changes and how far the way along the lanes differs from the
distance moved.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from envs.driving.files.polylines import wrapped
from envs.driving.network import Network

REACH = 1.0
"""How far outside its strip a lane may still be a candidate [m]."""
MOST_TURN = 1.0
"""How far a candidate's direction may differ from the heading [rad]."""
_ANGLE_SCALE, _LANE_CHANGE, _DETOUR, _BACKWARDS = 0.35, 4.0, 0.3, 2.0
_MOST_HOPS = 8
_LEAST_SHARE = 0.85


@dataclass(frozen=True)
class Match:
    """Lanes in order, each a successor or a neighbour of the one before."""

    lanes: tuple[int, ...]
    changes: tuple[tuple[int, float, float], ...]
    """(k, x, y): lanes[k] is a neighbour of lanes[k - 1], entered about here."""


class LaneFinder:
    """Projections of many positions on all lanes of a network at once."""

    def __init__(self, network: Network) -> None:
        lanes, points = network.lanes, network.points
        self.lanes = lanes
        starts = np.concatenate([np.arange(row["first"], row["first"] + row["count"] - 1) for row in lanes])
        self._a = np.stack((points["x"], points["y"]), axis=1)[starts]
        self._chord = np.stack((points["x"], points["y"]), axis=1)[starts + 1] - self._a
        self._length = np.hypot(*self._chord.T)
        self._s = points["s"][starts]
        self._heading = np.arctan2(self._chord[:, 1], self._chord[:, 0])
        self._first = np.cumsum(lanes["count"] - 1) - (lanes["count"] - 1)
        self._reach: dict[int, dict[int, tuple[float, tuple[int, ...]]]] = {}

    def project(self, x: float, y: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(distance, s, heading) of the nearest point of every lane."""
        east, north = x - self._a[:, 0], y - self._a[:, 1]
        along = (east * self._chord[:, 0] + north * self._chord[:, 1]) / self._length
        along = np.clip(along, 0.0, self._length)
        share = along / self._length
        distance = np.hypot(east - share * self._chord[:, 0], north - share * self._chord[:, 1])
        nearest = np.minimum.reduceat(distance, self._first)
        chords = np.repeat(np.arange(len(self.lanes)), self.lanes["count"] - 1)
        hits = np.flatnonzero(distance == nearest[chords])
        _, firsts = np.unique(chords[hits], return_index=True)
        best = hits[firsts]
        return nearest, self._s[best] + along[best], self._heading[best]

    def ways_from(self, lane: int) -> dict[int, tuple[float, tuple[int, ...]]]:
        """Lanes within a few hops: what the lane changes on the way cost, and the lanes after the first."""
        if lane not in self._reach:
            self._reach[lane] = self._search(lane)
        return self._reach[lane]

    def _search(self, lane: int) -> dict[int, tuple[float, tuple[int, ...]]]:
        found: dict[int, tuple[float, tuple[int, ...]]] = {lane: (0.0, ())}
        front = [lane]
        for _ in range(_MOST_HOPS):
            reached = []
            for here in front:
                cost, way = found[here]
                for there, extra in self._steps(here):
                    if there not in found or cost + extra < found[there][0]:
                        found[there] = (cost + extra, (*way, there))
                        reached.append(there)
            front = reached
        return found

    def _steps(self, lane: int) -> list[tuple[int, float]]:
        row = self.lanes[lane]
        ahead = [(int(there), 0.01) for there in row["next"][: row["num_next"]]]
        return ahead + [(int(row[side]), _LANE_CHANGE) for side in ("left", "right") if row[side] >= 0]


def match(finder: LaneFinder, poses: Float64[np.ndarray, "sample 3"]) -> Match | None:
    """The lanes that a track follows, or None where too little of it lies on lanes that lead on.

    `poses`: samples a few metres apart.
    """
    candidates = [_candidates(finder, pose) for pose in poses]
    used = [k for k, found in enumerate(candidates) if found]
    if len(used) < _LEAST_SHARE * len(poses):
        return None
    best = {lane: (cost, s, (lane,), ()) for lane, (cost, s) in candidates[used[0]].items()}
    for before, now in itertools.pairwise(used):
        best = _advance(finder, best, candidates[now], poses[before], poses[now])
        if not best:
            return None
    _, _, lanes, changes = min(best.values(), key=lambda entry: entry[0])
    return Match(lanes, changes)


def _candidates(finder: LaneFinder, pose: np.ndarray) -> dict[int, tuple[float, float]]:
    """Lane -> (cost, s)."""
    distance, s, heading = finder.project(pose[0], pose[1])
    half = 0.5 * finder.lanes["width"]
    turn = np.abs(wrapped(heading - pose[2]))
    near = np.flatnonzero((distance <= half + REACH) & (turn <= MOST_TURN))
    return {int(k): (float((distance[k] / half[k]) ** 2 + (turn[k] / _ANGLE_SCALE) ** 2), float(s[k])) for k in near}


def _advance(finder: LaneFinder, best: dict, candidates: dict, a: np.ndarray, b: np.ndarray) -> dict:
    """The cheapest way to each candidate of the next sample."""
    moved, after = float(np.hypot(b[0] - a[0], b[1] - a[1])), {}
    middle = (0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1]))
    for lane, (own_cost, s) in candidates.items():
        for here, (cost, here_s, lanes, changes) in best.items():
            way = finder.ways_from(here).get(lane)
            if way is None:
                continue
            advance = s - here_s + _length_on(finder, here, way[1])
            total = cost + own_cost + way[0] + _DETOUR * abs(advance - moved) - _BACKWARDS * min(advance + 1.0, 0.0)
            if lane not in after or total < after[lane][0]:
                changed = _changes(finder, lanes, way[1], middle)
                after[lane] = (total, s, lanes + way[1], changes + changed)
    return after


def _length_on(finder: LaneFinder, here: int, way: tuple[int, ...]) -> float:
    """What s gains by passing from one lane to its successors; neighbours are taken to begin side by side."""
    gained = 0.0
    for there in way:
        row = finder.lanes[here]
        gained += float(row["length"]) if there in row["next"][: row["num_next"]] else 0.0
        here = there
    return gained


def _changes(
    finder: LaneFinder, lanes: tuple[int, ...], way: tuple[int, ...], middle: tuple[float, float]
) -> tuple[tuple[int, float, float], ...]:
    found, here = (), lanes[-1]
    for k, there in enumerate(way):
        row = finder.lanes[here]
        if there not in row["next"][: row["num_next"]]:
            found += ((len(lanes) + k, *middle),)
        here = there
    return found
