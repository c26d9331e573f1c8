"""Recorded traffic: replayed exactly, or giving way along its own path."""

import numpy as np
import pytest
from road_levels import straight_road, world_on

from envs.kernels.compilation import kernel
from envs.kernels.road_reactive import LEAVE, MIN_GAP, path_after, path_at, path_length
from envs.kernels.road_records import ABSENT, FRAME, OBSTACLE, PEDESTRIAN, TRACK, VEHICLE
from envs.kernels.road_replay import SWAP_GAIN, advance_recorded, place_recorded, recorded_pose

NUM_FRAMES = 60
LENGTH, WIDTH = 4.5, 1.8


@kernel
def begin(state, rule_table, roads, scratch, ego_track):
    place_recorded(state, rule_table[0], roads, scratch, 0, ego_track)


@kernel
def advance(state, rule_table, roads, scratch):
    advance_recorded(state, rule_table[0], roads, scratch, 0)
    state.worlds[0].steps += 1


@kernel
def follow(roads, track, at, distance, out):
    """Where `distance` metres after `at` lies, and how long the way there is by the frames."""
    there = path_after(roads, 0, track, at, distance)
    out[0], out[1] = there, path_length(roads, 0, track, at, min(there, float(roads.tracks[0, track].last)))
    out[2], out[3], out[4] = path_at(roads, 0, track, there)


def moving(x=0.0, y=0.0, *, speed=10.0, first=0, last=NUM_FRAMES - 1, kind=VEHICLE, heading=0.0):
    """(TRACK, FRAME [frame]) at constant speed."""
    frames = np.zeros(NUM_FRAMES, FRAME)
    s = speed * 0.1 * np.arange(NUM_FRAMES)
    frames["x"], frames["y"] = x + s * np.cos(heading), y + s * np.sin(heading)
    frames["heading"], frames["speed"] = heading, speed
    frames["valid"][first : last + 1] = 1
    frames[frames["valid"] == 0] = 0
    return (kind, first, last, LENGTH, WIDTH), frames


def world(*tracks, num_actors=6, num_agents=1, ego=0, **rules):
    network = straight_road(300.0)
    network = network._replace(
        tracks=np.array([track for track, _ in tracks], TRACK),
        frames=np.stack([frames for _, frames in tracks]),
        routes=np.repeat(network.routes, len(tracks)),
    )
    found = world_on(network, num_actors=num_actors, num_agents=num_agents, **rules)
    begin(*found, ego)
    return found


def run(found, steps, *, ego=None):
    """Advance and yield the actors after each step; `ego` puts actor 0 where it returns (x, speed) for a step."""
    state = found[0]
    for step in range(1, steps + 1):
        advance(*found)
        if ego is not None:
            state.actors[0, 0]["x"], state.actors[0, 0]["speed"] = ego(step)
        yield step, state.actors[0]


def of_track(actors, track):
    here = actors[(actors["track"] == track) & (actors["kind"] != ABSENT)]
    assert len(here) <= 1, "nobody is there twice"
    return here[0] if len(here) else None


def wavy(seed):
    """A track with uneven speed that stands for a while and has a gap."""
    rng = np.random.default_rng(seed)
    track, frames = moving()
    speeds = np.abs(rng.normal(size=NUM_FRAMES)) * 8
    speeds[20:30] = 0.0
    headings = np.cumsum(rng.normal(size=NUM_FRAMES) * 0.02)
    frames["x"] = 30 + np.cumsum(speeds * 0.1 * np.cos(headings))
    frames["y"] = np.cumsum(speeds * 0.1 * np.sin(headings)) + 20 * seed
    frames["heading"], frames["speed"] = headings, speeds
    frames["valid"][40:45] = 0
    return track, frames


def test_replay_shows_every_recorded_frame_exactly():
    tracks = [moving(), *(wavy(seed) for seed in range(1, 4)), moving(50, 9, first=17, last=33, kind=PEDESTRIAN)]
    found = world(*tracks)
    frames = found[2].frames[0]
    for step, actors in run(found, NUM_FRAMES - 1):
        for k in range(1, len(tracks)):
            actor, there = of_track(actors, k), frames[k, step]
            assert (actor is not None) == (there["valid"] == 1)
            if actor is not None:
                for name in ("x", "y", "heading", "speed"):
                    assert actor[name] == there[name]
                assert (actor["kind"], actor["length"]) == (tracks[k][0][0], LENGTH)


def test_rates_are_differences_of_frames():
    found = world(moving(), wavy(1))
    frames = found[2].frames[0, 1]
    for step, actors in run(found, 35):
        actor = of_track(actors, 1)
        assert actor["acceleration"] == pytest.approx((frames["speed"][step] - frames["speed"][step - 1]) / 0.1)
        assert actor["yaw_rate"] == pytest.approx((frames["heading"][step] - frames["heading"][step - 1]) / 0.1)


def test_time_begins_with_the_egos_track():
    state, _, _, _ = found = world(moving(), moving(40, first=12, last=50), moving(0, 20, first=14), ego=1)
    assert state.worlds[0]["first_frame"] == 12
    ego = state.actors[0, 0]
    assert (ego["x"], ego["speed"], ego["track"]) == (52.0, 10.0, 1)
    assert (ego["length"], ego["width"]) == (LENGTH, WIDTH)
    own = state.agents[0, 0]
    assert (own["route"], own["active"]) == (1, 1)
    assert own["path_s"] == pytest.approx(52.0)
    assert of_track(state.actors[0], 2) is None
    for step, actors in run(found, 2):
        assert (of_track(actors, 2) is not None) == (12 + step >= 14)
        assert of_track(actors, 0)["x"] == pytest.approx(12.0 + step)


def test_log_replay_reads_the_pose_of_a_frame_and_says_when_there_is_none():
    roads = world(moving(), moving(40, first=12, last=50))[2]
    assert recorded_pose(roads, 0, 1, 12) == (52.0, 0.0, 0.0, 10.0, True)
    assert not recorded_pose(roads, 0, 1, 11)[4]
    assert not recorded_pose(roads, 0, 1, 51)[4]


def test_where_places_are_few_the_nearest_to_the_ego_have_them():
    tracks = [moving(speed=0.0), *(moving(x, 10.0, speed=0.0) for x in (90, 20, 70, 40, 60))]
    state = world(*tracks, num_actors=4)[0]
    assert sorted(state.actors[0, 1:]["track"]) == [2, 4, 5]


def test_places_go_over_to_who_has_come_much_nearer():
    still = moving(30.0, 10.0, speed=0.0)
    coming = moving(100.0, -10.0, speed=20.0, heading=np.pi)
    found = world(moving(speed=0.0), still, coming, num_actors=2)
    seen = [int(actors[1]["track"]) for _, actors in run(found, 45)]
    distance = np.hypot(100.0 - 2.0 * np.arange(1, 46), 10.0)
    expected = np.where(distance + SWAP_GAIN < np.hypot(30.0, 10.0), 2, 1)
    first = int(np.argmax(expected == 2))
    assert seen[: first + 1] == expected[: first + 1].tolist()
    assert found[0].actors[0, 1]["lives"] == 2


def test_freed_places_are_filled_anew():
    tracks = [moving(speed=0.0), moving(10, 9, speed=0.0, last=20), moving(50, 9, speed=0.0)]
    found = world(*tracks, num_actors=2)
    seen = [int(actors[1]["track"]) for _, actors in run(found, 30)]
    assert seen == [1] * 20 + [2] * 10
    assert found[0].actors[0, 1]["lives"] == 2


def test_further_agents_drive_further_tracks_and_those_without_one_are_inactive():
    tracks = [moving(), moving(20, 4), moving(40, 8, first=30), moving(60, 12)]
    state = world(*tracks, num_agents=4, num_actors=5)[0]
    assert state.actors[0]["track"].tolist() == [0, 1, 3, -1, -1]
    assert state.agents[0]["active"].tolist() == [1, 1, 1, 0]
    assert state.actors[0]["kind"].tolist() == [VEHICLE, VEHICLE, VEHICLE, ABSENT, ABSENT]


def test_with_nobody_in_the_way_reactive_traffic_is_the_recording():
    tracks = [moving(), *(wavy(seed) for seed in range(1, 4)), moving(9, 60, kind=OBSTACLE, speed=0.0)]
    tracks += [moving(80.0, 30.0), moving(86.0, 30.0)]  # closer than any model follows, but so it was
    found = world(*tracks, num_actors=8, reactive=1)
    frames = found[2].frames[0]
    for step, actors in run(found, NUM_FRAMES - 1, ego=lambda step: (step, 10.0)):
        for k in range(1, len(tracks)):
            actor = of_track(actors, k)
            for name in ("x", "y", "heading", "speed"):
                assert actor[name] == frames[k, step][name] or frames[k, step]["valid"] == 0


def test_behind_an_ego_that_stops_reactive_traffic_stops_without_hitting_it():
    found = world(moving(60.0), moving(30.0), moving(22.0), reactive=1)
    for _, actors in run(found, NUM_FRAMES - 1, ego=lambda step: (60.0, 0.0)):
        first, second = of_track(actors, 1), of_track(actors, 2)
        assert first["x"] + LENGTH <= 60.0 + 1e-9
        assert second["x"] + LENGTH <= first["x"] + 1e-9, "who follows it has to react too"
        assert min(first["speed"], second["speed"]) >= 0.0
    assert first["speed"] < 0.7
    assert 60.0 - LENGTH - first["x"] >= 0.5 * MIN_GAP


def test_reactive_traffic_never_moves_backwards_and_never_overtakes_its_recording():
    found = world(moving(60.0), moving(25.0), reactive=1)
    frames, before = found[2].frames[0, 1], 25.0
    for step, actors in run(found, NUM_FRAMES - 1, ego=lambda step: (60.0 + max(0.0, step - 30.0), 10.0 * (step > 30))):
        actor = of_track(actors, 1)
        assert before - 1e-12 <= actor["x"] <= frames["x"][step] + 1e-9
        before = actor["x"]


def test_once_the_way_is_free_reactive_traffic_catches_up_with_its_recording():
    found = world(moving(30.0), moving(22.0), reactive=1)
    # The ego is in the way for a second, then gone; the record stands for the last three.
    frames = found[2].frames[0, 1]
    frames["x"][30:], frames["speed"][30:] = frames["x"][30], 0.0
    late = []
    for step, actors in run(found, NUM_FRAMES - 1, ego=lambda step: (30.0 + 0.2 * step if step < 10 else 1000.0, 2.0)):
        late.append(frames["x"][step] - of_track(actors, 1)["x"])
    assert max(late) > 2.0
    assert late[-1] < 0.4 * max(late)
    assert np.diff(late[late.index(max(late)) :]).max() <= 1e-9


def test_a_delayed_vehicle_goes_straight_on_beyond_its_track_and_leaves():
    found = world(moving(30.0), moving(22.0, last=25), num_actors=2, reactive=1)
    xs = {}
    for step, actors in run(found, 200, ego=lambda step: (31.0 if step < 12 else 1000.0, 0.0)):
        actor = of_track(actors, 1)
        if actor is not None:
            xs[step] = float(actor["x"])
    last = max(xs)
    assert 25 < last < 199, "late, so it is there for longer than recorded, but not for good"
    assert 22.0 + 25.0 + LEAVE - 2.0 < xs[last] < 22.0 + 25.0 + LEAVE + 2.0
    steps = np.diff([xs[k] for k in range(26, last + 1)])
    assert steps.min() > 0.1


def test_wrecks_stand_where_they_are():
    for reactive in (0, 1):
        found = world(moving(), moving(60.0), reactive=reactive)
        found[0].actors[0, 1]["collided"] = 1
        for _, actors in run(found, 5):
            assert of_track(actors, 1)["x"] == 60.0


@pytest.mark.parametrize("seed", range(3))
def test_ways_along_a_track_are_as_long_as_asked_for(seed):
    track, frames = wavy(seed)
    roads = world(moving(), (track, frames))[2]
    xy = np.stack((frames["x"], frames["y"]), axis=1)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))))
    out = np.zeros(5)
    for at in (0.0, 3.25, 19.5, 25.0, 58.9):
        for distance in (0.0, 0.3, 4.0, 17.0, 500.0):
            follow(roads, 1, at, distance, out)
            here = np.interp(at, np.arange(NUM_FRAMES), along)
            if here + distance < along[-1]:
                assert out[1] == pytest.approx(distance, abs=1e-9)
                expected = [np.interp(here + distance, along, xy[:, k]) for k in range(2)]
            else:
                beyond, h = here + distance - along[-1], frames["heading"][-1]
                assert out[0] == pytest.approx(NUM_FRAMES - 1 + beyond)
                expected = xy[-1] + beyond * np.array([np.cos(h), np.sin(h)])
            np.testing.assert_allclose(out[2:4], expected, atol=1e-9)
