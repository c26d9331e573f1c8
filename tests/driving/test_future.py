"""Future occupancy is what shapely says; backward flow leads every cell to where its contents were."""

import numpy as np
import pytest
import shapely
from kernels.small_worlds import scaled
from twins.road_boxes import agree, box

from envs.driving.future import FUTURE_CHANNELS, Scene, Window, backward_flow, future_occupancy, scene_of, warp
from envs.driving.state import new_state
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE

DT = 0.5
WINDOW = Window(resolution=0.5, extent=(12.0, 4.0, 9.0, 7.0))
SEEN_FROM = (3.0, -2.0, 0.7)


def driving_scene(seed, num_actors=6, num_times=5):
    """Actors that drive and turn, each its own way, near `SEEN_FROM`."""
    rng = np.random.default_rng(seed)
    kinds = np.tile(rng.choice([VEHICLE, PEDESTRIAN], num_actors).astype(np.int32), (num_times, 1))
    poses = np.zeros((num_times, num_actors, 3))
    poses[0] = rng.uniform((-4, -8, -3), (12, 8, 3), (num_actors, 3))
    speed, turning = rng.uniform(0, 6, num_actors), rng.uniform(-0.6, 0.6, num_actors)
    for t in range(1, num_times):
        heading = poses[t - 1, :, 2]
        step = speed * DT * np.stack((np.cos(heading), np.sin(heading), turning / np.maximum(speed, 1)))
        poses[t] = poses[t - 1] + step.T
    sizes = np.tile(rng.uniform(0.7, 5, (num_actors, 2)), (num_times, 1, 1))
    return Scene(kinds, poses, sizes, np.zeros_like(kinds))


def centres(window=WINDOW, seen_from=SEEN_FROM):
    """Where the cells' centres lie, [row col 2]."""
    row, col = np.indices(window.shape)
    forward = window.extent[0] - (row + 0.5) * window.resolution
    left = window.extent[2] - (col + 0.5) * window.resolution
    x, y, heading = seen_from
    cos, sin = np.cos(heading), np.sin(heading)
    return np.stack((x + forward * cos - left * sin, y + forward * sin + left * cos), axis=-1)


def polygon(scene, t, i):
    return box(*scene.poses[t, i], *scene.sizes[t, i])


def in_the_world(flow):
    """Forward and left as seen from `SEEN_FROM` -> x and y, [time row col 2]."""
    cos, sin = np.cos(SEEN_FROM[2]), np.sin(SEEN_FROM[2])
    return np.stack((flow[:, 0] * cos - flow[:, 1] * sin, flow[:, 0] * sin + flow[:, 1] * cos), axis=-1)


@pytest.mark.parametrize("seed", range(scaled(5, 2)))
def test_occupancy_at_every_time_equals_shapely(seed):
    scene = driving_scene(seed)
    occupancy = future_occupancy(scene, seen_from=SEEN_FROM, window=WINDOW)
    assert occupancy.shape == (4, len(FUTURE_CHANNELS), 32, 32)
    for t in range(4):
        for channel, kind in enumerate((VEHICLE, PEDESTRIAN)):
            bodies = [polygon(scene, t + 1, i) for i in np.flatnonzero(scene.kinds[t + 1] == kind)]
            assert agree(occupancy[t, channel], shapely.union_all(bodies), shapely.points(centres())).all()


@pytest.mark.parametrize("seed", range(scaled(5, 2)))
def test_going_back_along_the_flow_leads_to_the_same_place_in_the_same_body(seed):
    scene = driving_scene(seed, num_actors=1)
    flow = in_the_world(backward_flow(scene, seen_from=SEEN_FROM, window=WINDOW, dt=DT))
    occupancy = future_occupancy(scene, seen_from=SEEN_FROM, window=WINDOW).any(axis=1)
    for t in range(4):
        here, before = centres()[occupancy[t]], (centres() - DT * flow[t])[occupancy[t]]
        np.testing.assert_allclose(
            in_the_body(here, scene.poses[t + 1, 0]), in_the_body(before, scene.poses[t, 0]), atol=1e-5
        )
        assert not flow[t][~occupancy[t]].any()


def in_the_body(points, pose):
    """Along and aside of a body's centre."""
    dx, dy = (points - pose[:2]).T
    return np.stack((dx * np.cos(pose[2]) + dy * np.sin(pose[2]), dy * np.cos(pose[2]) - dx * np.sin(pose[2])))


def test_flow_points_the_way_things_move():
    scene = driving_scene(0, num_actors=1, num_times=2)
    scene.poses[:] = [[[3.0, -2.0, 0.7]], [[3.0 + np.cos(0.7), -2.0 + np.sin(0.7), 0.7]]]
    flow = backward_flow(scene, seen_from=SEEN_FROM, window=WINDOW, dt=DT)
    occupied = future_occupancy(scene, seen_from=SEEN_FROM, window=WINDOW)[0].any(axis=0)
    np.testing.assert_allclose(flow[0, 0][occupied], 1.0 / DT, rtol=1e-6)
    np.testing.assert_allclose(flow[0, 1][occupied], 0.0, atol=1e-6)


@pytest.mark.parametrize("seed", range(scaled(5, 2)))
def test_warping_the_occupancy_before_gives_the_present_one(seed):
    window, scene = Window(0.25, (16.0, 8.0, 12.0, 12.0)), driving_scene(seed)
    occupancy = future_occupancy(scene, seen_from=SEEN_FROM, window=window).any(axis=1)
    flow = backward_flow(scene, seen_from=SEEN_FROM, window=window, dt=DT)
    for t in range(1, 4):
        warped = warp(occupancy[t - 1], flow[t], window=window, dt=DT)
        disagreeing = (warped > 0) != occupancy[t]
        shapes = [polygon(scene, t + 1, i) for i in range(6)]
        sources = centres(window) - DT * in_the_world(flow)[t]
        came = np.hypot(flow[t, 0], flow[t, 1]) > 0
        # Reading the nearest cell is off by up to half a cell each way: only edges may differ, or what comes from
        # outside the window, or ground that a body has left, where there is no flow to say so.
        edges = shapely.union_all([shapely.boundary(shape) for shape in shapes])
        near_edge = shapely.distance(edges, shapely.points(centres(window))) < 0.75 * window.resolution
        inside = shapely.contains(view_polygon(window), shapely.points(sources))
        assert not (disagreeing & came & inside & ~near_edge).any()
        assert (warped > 0)[occupancy[t] & inside & ~near_edge].all()


def view_polygon(window):
    """The window less half a cell all round."""
    corners = centres(window)[[0, 0, -1, -1], [0, -1, -1, 0]]
    return shapely.Polygon(corners)


def test_who_was_not_there_before_has_no_flow():
    scene = driving_scene(1)
    for change in ("kinds", "lives"):
        other = driving_scene(1)
        getattr(other, change)[0] = {"kinds": ABSENT, "lives": 7}[change]
        flow = backward_flow(other, seen_from=SEEN_FROM, window=WINDOW, dt=DT)
        assert not flow[0].any()
        np.testing.assert_array_equal(flow[1:], backward_flow(scene, seen_from=SEEN_FROM, window=WINDOW, dt=DT)[1:])


def test_one_actor_can_be_left_out():
    scene = driving_scene(2, num_actors=2)
    alone = Scene(scene.kinds[:, :1], scene.poses[:, :1], scene.sizes[:, :1], scene.lives[:, :1])
    np.testing.assert_array_equal(
        future_occupancy(scene.without(1), seen_from=SEEN_FROM, window=WINDOW),
        future_occupancy(alone, seen_from=SEEN_FROM, window=WINDOW),
    )
    assert (scene.kinds != ABSENT).all()


def test_a_scene_is_read_off_states():
    scene, states = driving_scene(3, num_actors=4, num_times=3), []
    for t in range(3):
        state = new_state(2, 4, 1, 1)
        state.actors["kind"][1], state.actors["lives"][1] = scene.kinds[t], scene.lives[t]
        for k, name in enumerate(("x", "y", "heading")):
            state.actors[name][1] = scene.poses[t, :, k]
        for k, name in enumerate(("length", "width")):
            state.actors[name][1] = scene.sizes[t, :, k]
        states.append(state)
    for name, array in vars(scene_of(states, world=1)).items():
        np.testing.assert_array_equal(array, getattr(scene, name))
