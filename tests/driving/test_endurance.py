"""Long play: nothing breaks, nothing grows, and nobody of the traffic ever touches anybody else of it.

How long is a matter of patience. All of it, with what came out printed as it goes:

  CROSSROADS_STEPS=10000000 CROSSROADS_EPISODES=1000 pytest -m slow -s tests/driving/test_endurance.py
"""

import gc
import os
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from road_worlds import FAMILIES, open_recorded, open_worlds

from envs.core.worlds import NEXT_STEP
from envs.kernels.compilation import kernel
from envs.kernels.road_boxes import overlap
from envs.kernels.road_records import PEDESTRIAN, VEHICLE

pytestmark = pytest.mark.slow
NUM_STEPS, NUM_WORLDS = 20_000, 8
MANY_STEPS, MANY_WORLDS = int(os.environ.get("CROSSROADS_STEPS", "100_000")), 64
NUM_EPISODES, SECONDS = int(os.environ.get("CROSSROADS_EPISODES", "100")), 20.0
LASTING = {"on_collision": "ignore", "on_off_road": "ignore"}
MOST_GROWTH = 60.0
"""Of the resident memory [MiB]: a level larger than all before it makes the pool's arrays grow."""
reads_memory = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")


def resident():
    """Memory of this process [MiB]."""
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


@reads_memory
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
    assert resident() - before < MOST_GROWTH


def not_finite(array):
    """How many numbers of an array, or of the fields of its records, are NaN or infinite."""
    if array.dtype.names:
        return sum(not_finite(array[name]) for name in array.dtype.names)
    return int(np.count_nonzero(~np.isfinite(array))) if array.dtype.kind == "f" else 0


def play_many(batch, num_steps, title):
    """Random actions through a batch's own door, everything looked at every time.

    Returns what the memory has grown by after a tenth of the steps [MiB]. A level larger than all before it makes the
    pool grow, whenever it comes: that is not counted.
    """
    rng, before, done, wrong = np.random.default_rng(0), 0.0, 0, 0
    batch.reset(seed=0)

    def held():
        return resident() - batch.worlds.pool.num_bytes / 2**20

    for share in range(1, 11):
        while done < share * num_steps // 10:
            actions = rng.uniform(-1.0, 1.0, batch.action_space.shape).astype(np.float32)
            observation, reward, _, _, infos = batch.step(actions)
            done += batch.num_envs
            metrics = [value for name, value in infos.get("metrics", {}).items() if name[0] != "_" and name != "mode"]
            seen = [*observation.values(), reward, *metrics, batch.worlds.state.actors, batch.worlds.state.agents]
            wrong += sum(map(not_finite, seen))
        before = before or held()
        pool = f"a pool of {batch.worlds.pool.num_bytes / 2**20:.1f} MiB"
        print(f"{title}: {done:,} steps, {wrong} not finite, grown by {held() - before:.1f} MiB + {pool}", flush=True)
    assert wrong == 0
    return held() - before


@reads_memory
@pytest.mark.parametrize("lasting", [False, True], ids=["as it comes", "lasting"])
@pytest.mark.parametrize("family", [*FAMILIES, "Bypass", "Recorded"])
def test_a_batch_plays_at_random_for_long_without_nan_or_growth(family, lasting, request):
    """As it comes, an episode of random actions is over soon, and making the next road is nearly all that is done:
    a twentieth of the steps is played so, the others where neither crashes nor meadows end anything."""
    arguments = LASTING if lasting else {}
    if family == "Recorded":
        data = request.getfixturevalue("data_folder")
        paths = str(data / "commonroad"), str(data / "av2")
        arguments = arguments | {"path": paths, "ego": "every", "split": "all"}
    batch = gymnasium.make_vec(
        f"crossroads/{family}-v0", MANY_WORLDS, vectorization_mode="vector_entry_point", **arguments
    )
    steps = MANY_STEPS * 19 // 20 if lasting else MANY_STEPS // 20
    assert play_many(batch, steps, f"{family}{', lasting' * lasting}") < MOST_GROWTH


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
    pair, found, steps = np.zeros(2, np.int64), [], 0
    for level in range(NUM_EPISODES):
        worlds.begin(np.ones(1, bool), np.array([level]))
        while not worlds.output.is_over[0]:
            if find_overlap(worlds.state.actors[0], worlds.num_agents, pair):
                found.append((level, int(worlds.state.worlds["steps"][0]), *pair.tolist()))
                break
            worlds.step(worlds.oracle_action())
            steps += 1
        if (level + 1) % 100 == 0:
            print(f"{family}: {level + 1} episodes, {steps:,} steps, {len(found)} collisions", flush=True)
    assert not found, f"{family}, (level, step, two actors): {found}"
