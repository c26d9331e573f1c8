"""Small worlds of the road family, begun at a level of one's choice, for tests of their cores.

worlds = open_worlds(Highway, level=3, demand=0.0)
act(worlds, 1.0, 0.0)
"""

import numpy as np
from worlds_for_tests import SMALL, write_recording

from envs.core.naming import load_entry
from envs.driving.worlds import RoadWorlds
from envs.kernels.road_records import OBSTACLE
from envs.registration import ENVS

FAMILIES = ("Highway", "Merge", "Intersection", "Roundabout", "Town")


def open_worlds(family="Highway", *, num_worlds=1, num_agents=1, level=0, num_threads=1, **arguments):
    """Worlds of a family that have begun at a level, or at levels [world]."""
    worlds = load_entry(ENVS[f"{family}-v0"])(num_worlds, num_agents, num_threads, **SMALL | arguments)
    begin(worlds, level)
    return worlds


def open_recorded(folder, **arguments):
    """Recorded-v0 on the synthetic recording; every vehicle is a level."""
    path = folder / "small.xml"
    path = path if path.exists() else write_recording(folder)
    return open_worlds("Recorded", path=str(path), **{"ego": "every", "split": "all"} | arguments)


def begin(worlds, level=0):
    everyone = np.ones(worlds.num_worlds, bool)
    worlds.set_seeds(np.arange(worlds.num_worlds, dtype=np.uint64), everyone)
    worlds.begin(everyone, np.broadcast_to(np.asarray(level, np.int64), (worlds.num_worlds,)).copy())


def act(worlds, *action):
    """One step in which every agent does the same; returns the step's output."""
    shape = (worlds.num_worlds, worlds.num_agents, *worlds.action_space.shape)
    dtype = worlds.action_space.dtype
    worlds.step(np.broadcast_to(np.asarray(action, dtype).reshape(worlds.action_space.shape), shape).copy())
    return worlds.output


def put_obstacle(worlds, *, ahead, left=0.0, place=1):
    """Something 2 m long and wide stands before the first agent, by way of the state."""
    state = worlds.get_state()
    ego, obstacle = state.actors[0, 0], state.actors[0, place]
    cos, sin = np.cos(ego["heading"]), np.sin(ego["heading"])
    obstacle["kind"], obstacle["length"], obstacle["width"], obstacle["lane"] = OBSTACLE, 2.0, 2.0, -1
    obstacle["x"] = ego["x"] + ahead * cos - left * sin
    obstacle["y"] = ego["y"] + ahead * sin + left * cos
    obstacle["heading"], obstacle["speed"] = ego["heading"], 0.0
    worlds.set_state(state)


def run_into_it(worlds, limit=60):
    """Full throttle until the first collision; the number of steps that it took."""
    for step in range(limit):
        act(worlds, 1.0, 0.0)
        if worlds.state.agents["collisions"][0, 0] > 0:
            return step
    raise AssertionError("nothing was hit")


def path_of(worlds, world=0, agent=0):
    """PATH_POINT [.] of an agent's route, and the route."""
    return path_of_network(worlds.network(world), worlds.state.agents["route"][world, agent])


def path_of_network(network, index):
    """PATH_POINT [.] of a route, and the route."""
    route = network.routes[index]
    return network.path[route["first_point"] : route["first_point"] + route["num_points"]], route


def worlds_on(network, **arguments):
    """Worlds of the family on a hand-made network, whatever the level."""

    class HandMade(RoadWorlds):
        def build(self, level):
            return network

    worlds = HandMade(1, arguments.pop("num_agents", 1), **SMALL | {"observe": ("ego",)} | arguments)
    begin(worlds)
    return worlds


def place_vehicle(worlds, place, *, lane, s, speed, desired):
    """A vehicle of the traffic on a lane along +x, driven at `desired` times the limit; 0: it stands for good."""
    state, network = worlds.get_state(), worlds.network()
    state.actors[0, place] = state.actors[0, 0]
    actor, point = state.actors[0, place], network.points[network.lanes[lane]["first"]]
    actor["x"], actor["y"], actor["heading"], actor["speed"] = point["x"] + s, point["y"], 0.0, speed
    actor["lane"], actor["lane_s"], actor["plan"][:] = lane, s, [lane] + [-1] * 5
    actor["old_lane"], actor["behind"][:], actor["desired"] = -1, -1, desired
    actor["collided"], actor["politeness"] = int(desired == 0), 0.0  # makes room for nobody
    worlds.set_state(state)


def gap_to(worlds, place):
    """Between the ego's front and somebody's rear, along +x."""
    ego, other = worlds.state.actors[0, 0], worlds.state.actors[0, place]
    return other["x"] - ego["x"] - 0.5 * (ego["length"] + other["length"])
