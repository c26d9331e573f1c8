"""Who is on which lanes."""

import numpy as np
import pytest
from kernels.road_play import empty_world, presences, put_vehicle
from kernels.small_worlds import generator_of, scaled
from road_levels import crossing, two_lanes
from twins import road_traffic as twin

from envs.kernels.road_presence import BODY_REACH
from envs.kernels.road_records import ABSENT, OBSTACLE, PLAN_LANES, VEHICLE


def lines_of(network):
    points = network.points
    table = np.stack([points[name] for name in ("x", "y", "s", "heading")], axis=1)
    return [table[lane["first"] : lane["first"] + lane["count"]] for lane in network.lanes]


def put_on_plane(world, i, kind, x, y, heading, speed=0.0):
    actor = world[0].actors[0, i]
    actor["kind"], actor["x"], actor["y"], actor["heading"], actor["speed"] = kind, x, y, heading, speed
    actor["length"], actor["width"] = 4.6, 1.9
    return actor


def test_an_obstacle_is_on_every_lane_that_its_box_touches():
    network = crossing()
    rng = generator_of(5)
    for _ in range(scaled(12, 4)):
        world = empty_world(network, num_actors=1)
        place = rng.uniform(-16.0, 16.0, 2)
        actor = put_on_plane(world, 0, OBSTACLE, *place, rng.uniform(-np.pi, np.pi))
        wanted = twin.touched_lanes(lines_of(network), actor, BODY_REACH)
        found = {lane: s for (_, lane), s in presences(world).items()}
        assert found.keys() == wanted.keys()
        assert all(found[lane] == pytest.approx(wanted[lane], abs=1e-6) for lane in found)


def test_an_agent_is_on_the_lane_of_its_route_and_plans_what_is_left_of_it():
    world = empty_world(crossing(), num_actors=1, num_agents=1)
    actor = put_on_plane(world, 0, VEHICLE, -30.0, 0.4, 0.05, 5.0)
    own = world[0].agents[0, 0]
    own["route"], own["index"], own["path_s"], own["path_d"], own["active"] = 0, 50, 50.0, 0.4, 1
    assert presences(world).keys() == {(0, 0)}
    assert (actor["lane"], actor["plan"].tolist()) == (0, [0, 1, 2, -1, -1, -1])
    assert (actor["lane_s"], actor["lane_d"]) == pytest.approx((50.0, 0.4))
    actor["x"], own["index"], own["path_s"] = 12.0, 92, 92.0
    presences(world)
    assert actor["plan"].tolist() == [2, -1, -1, -1, -1, -1]
    assert own["plan_index"] == 2


def test_an_agent_beside_its_route_is_on_the_lane_it_strayed_to():
    world = empty_world(two_lanes(), num_actors=1, num_agents=1)
    actor = put_on_plane(world, 0, VEHICLE, 50.0, 3.2, 0.0, 5.0)
    own = world[0].agents[0, 0]
    own["route"], own["index"], own["path_s"], own["path_d"] = 0, 50, 50.0, 3.2
    presences(world)
    assert (actor["lane"], actor["plan"][0]) == (1, 1)
    assert actor["lane_d"] == pytest.approx(-0.3)


def test_off_all_roads_there_is_nobody():
    world = empty_world(crossing(), num_actors=3)
    actor = put_on_plane(world, 0, OBSTACLE, 40.0, 40.0, 0.0)
    put_on_plane(world, 1, ABSENT, 0.0, 0.0, 0.0)
    assert presences(world) == {}
    assert actor["lane"] == -1


def test_traffic_is_on_its_lane_on_those_behind_it_and_on_the_one_it_is_leaving():
    world = empty_world(crossing(), num_actors=2)
    put_vehicle(world, 0, 1, 1.5, 5.0, behind=(0, -1))
    assert presences(world) == pytest.approx({(0, 1): 1.5, (0, 0): 71.5})
    world = empty_world(two_lanes(), num_actors=1)
    put_vehicle(world, 0, 1, 40.0, 5.0, old_lane=0, old_s=40.0, shift=-3.5, lane_d=-2.0)
    assert presences(world) == pytest.approx({(0, 1): 40.0, (0, 0): 40.0})


def test_a_random_plan_follows_successors_only_and_ends_with_the_road():
    network = crossing()
    world = empty_world(network, num_actors=1)
    actor = put_vehicle(world, 0, 3, 10.0)
    assert actor["plan"].tolist() == [3, 4, 5] + [-1] * (PLAN_LANES - 3)
