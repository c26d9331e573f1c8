"""Long play: nothing breaks, nothing grows, and nobody of the traffic ever touches anybody else of it."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from road_worlds import FAMILIES, open_recorded, open_worlds

from envs.core.worlds import NEXT_STEP
from envs.kernels.compilation import kernel
from envs.kernels.road_boxes import overlap
from envs.kernels.road_records import PEDESTRIAN, VEHICLE

pytestmark = pytest.mark.slow
NUM_STEPS, NUM_WORLDS = 20_000, 8
NUM_LEVELS, SECONDS = 100, 20.0


def resident():
    """Memory of this process [MB]."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def play(worlds, num_steps, *, check):
    """Random actions for so many steps in all; ended worlds begin anew."""
    space = worlds.action_space
    for step in range(num_steps // worlds.num_worlds):
        joint = [[space.sample() for _ in range(worlds.num_agents)] for _ in range(worlds.num_worlds)]
        worlds.step(np.array(joint, space.dtype), NEXT_STEP)
        seen = worlds.observation()
        if check and step % 10 == 0:
            for name in ("x", "y", "heading", "speed", "acceleration", "steering", "yaw_rate", "lane_s", "lane_d"):
                assert np.isfinite(worlds.state.actors[name]).all(), name
            assert np.isfinite(worlds.output.reward).all()
            assert np.isfinite(worlds.output.metrics).all()
            for w in range(worlds.num_worlds):
                assert worlds.observation_space.contains({key: value[w, 0] for key, value in seen.items()})


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("action", ["continuous", "trajectory", "meta"])
@pytest.mark.parametrize("family", [*FAMILIES, "Recorded"])
def test_random_play_neither_breaks_nor_grows(family, action, tmp_path):
    arguments = {"num_worlds": NUM_WORLDS, "action": action, "observe": ("occupancy", "ego", "route", "actors")}
    arguments |= {"on_collision": "stop", "on_off_road": "ignore", "duration": 15.0, "num_actors": 12}
    levels = list(range(NUM_WORLDS))
    if family == "Recorded":
        worlds = open_recorded(tmp_path, traffic="reactive", level=levels, **arguments)
    else:
        worlds = open_worlds(family, level=levels, **arguments)
    worlds.action_space.seed(0)
    share = NUM_STEPS // 4
    play(worlds, share, check=True)  # by now the pool has grown to the largest level
    before = resident()
    play(worlds, 3 * share, check=True)
    assert resident() - before < 60.0


@kernel
def find_overlap(actors, first, pair):
    """Whether two of the traffic touch, not counting pedestrians among themselves; who, into pair [2]."""
    for i in range(first, actors.shape[0]):
        for j in range(first, i):
            a, b = actors[i], actors[j]
            is_body = (a.kind == VEHICLE or a.kind == PEDESTRIAN) and (b.kind == VEHICLE or b.kind == PEDESTRIAN)
            if not is_body or (a.kind == PEDESTRIAN and b.kind == PEDESTRIAN):
                continue
            if overlap(a.x, a.y, a.heading, a.length, a.width, b.x, b.y, b.heading, b.length, b.width):
                pair[0], pair[1] = i, j
                return True
    return False


@pytest.mark.parametrize("family", FAMILIES)
def test_the_traffic_never_touches_itself_round_an_oracle(family):
    worlds = open_worlds(
        family, num_actors=20, demand=1.0, on_collision="remove", duration=SECONDS, observe=("ego",), level=0
    )
    pair, found = np.zeros(2, np.int64), []
    for level in range(NUM_LEVELS):
        worlds.begin(np.ones(1, bool), np.array([level]))
        while not worlds.output.is_over[0]:
            if find_overlap(worlds.state.actors[0], worlds.num_agents, pair):
                found.append((level, int(worlds.state.worlds["steps"][0]), *pair.tolist()))
                break
            worlds.step(worlds.oracle_action())
    assert not found, f"{family}, (level, step, two actors): {found}"
