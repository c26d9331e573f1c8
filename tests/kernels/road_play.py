"""Traffic on small networks: vehicles put where a test wants them, and what became of everybody."""

import importlib

import numpy as np
from road_levels import world_on
from twins.road_boxes import box

from envs.driving.presets import PRESETS
from envs.kernels.compilation import kernel
from envs.kernels.road_lane_change import wished_lane
from envs.kernels.road_law import law, stop_gap
from envs.kernels.road_lines import lane_pose
from envs.kernels.road_plans import clear_plan, extend_plan
from envs.kernels.road_presence import note_presence
from envs.kernels.road_records import ABSENT, DRIVER_FIELDS, VEHICLE
from envs.kernels.road_traffic import advance_traffic, place_traffic

FAMILIES = ("highway", "merge", "intersection", "roundabout", "town")
KIND, X, Y, HEADING, SPEED, ACCELERATION, LANE, LANE_S, LIVES, LANE_D, STAGE, LENGTH, WIDTH = range(13)
LOGGED = 13


def network_of(family, level, **arguments):
    """A network of one of the families."""
    build = importlib.import_module(f"envs.driving.roads.{family}").build
    return build(np.random.Generator(np.random.PCG64([level, 3])), **arguments)


def traffic_on(network, *, num_actors=20, key=1, **rules):
    """(state, rule_table, roads, scratch) with the traffic placed, nobody controlled."""
    world = empty_world(network, num_actors=num_actors, key=key, **rules)
    place(*world)
    return world


def empty_world(network, *, num_actors=20, key=1, num_agents=0, **rules):
    """The same with nobody there."""
    world = world_on(network, num_actors=num_actors, num_agents=num_agents, **rules)
    state = world[0]
    state.worlds[0]["key"], state.worlds[0]["steps"] = key, 0
    state.agents["route"] = -1
    for actor in state.actors[0]:
        actor["plan"], actor["behind"], actor["lane"], actor["old_lane"], actor["crosswalk"] = -1, -1, -1, -1, -1
        actor["since_change"] = 1000
    return world


def put_vehicle(world, i, lane, s, speed=0.0, *, driver="waymax", **fields):
    """A vehicle of the traffic on a lane; its plan is drawn at random unless it is among the fields."""
    state, _, roads, scratch = world
    actor = state.actors[0, i]
    actor["kind"], actor["lane"], actor["lane_s"], actor["speed"] = VEHICLE, lane, s, speed
    actor["length"], actor["width"], actor["wheelbase"] = 4.5, 1.9, 2.7
    for name, _ in DRIVER_FIELDS:
        actor[name] = getattr(PRESETS[driver], name)
    plan_from(state, roads, scratch, i, lane)
    for name, value in fields.items():
        actor[name] = value
    return actor


@kernel
def plan_from(state, roads, scratch, i, lane):
    actor = state.actors[0, i]
    actor.x, actor.y, actor.heading = lane_pose(roads, 0, lane, actor.lane_s, 0.0)
    clear_plan(actor, lane)
    extend_plan(state, roads, scratch, 0, i)


@kernel
def place(state, rule_table, roads, scratch):
    place_traffic(state, rule_table[0], roads, scratch, 0)


@kernel
def move(state, rule_table, roads, scratch, steps, log):
    """So many steps of the traffic, each noted in log [step actor column]; controlled vehicles stay as they are."""
    rules = rule_table[0]
    note_presence(state, rules, roads, scratch, 0)
    for t in range(steps):
        note_presence(state, rules, roads, scratch, 0)
        advance_traffic(state, rules, roads, scratch, 0)
        state.worlds[0].steps += 1
        for i in range(log.shape[1]):
            actor, row = state.actors[0, i], log[t, i]
            row[KIND], row[X], row[Y], row[HEADING] = actor.kind, actor.x, actor.y, actor.heading
            row[SPEED], row[ACCELERATION] = actor.speed, actor.acceleration
            row[LANE], row[LANE_S], row[LANE_D] = actor.lane, actor.lane_s, actor.lane_d
            row[LIVES], row[STAGE], row[LENGTH], row[WIDTH] = actor.lives, actor.stage, actor.length, actor.width


@kernel
def read_law(state, rule_table, roads, scratch, i):
    rules = rule_table[0]
    note_presence(state, rules, roads, scratch, 0)
    return law(state, rules, roads, scratch, 0, i), stop_gap(state, rules, roads, scratch, 0, i)


@kernel
def read_wish(state, rule_table, roads, scratch, i):
    rules = rule_table[0]
    note_presence(state, rules, roads, scratch, 0)
    return wished_lane(state, rules, roads, scratch, 0, i)


def played(world, steps):
    """log [step actor column] of so many steps."""
    log = np.zeros((steps, world[0].actors.shape[1], LOGGED))
    move(*world, steps, log)
    return log


def presences(world):
    """Set of (actor, lane) and the s of each."""
    move(*world, 0, np.zeros((0, 1, LOGGED)))
    scratch = world[3]
    count = int(scratch.num_presences[0])
    rows = zip(scratch.presence_actor[:count], scratch.presence_lane[:count], scratch.presence_s[:count], strict=True)
    return {(int(actor), int(lane)): float(s) for actor, lane, s in rows}


def overlaps(log):
    """All (step, i, j) at which two bodies share ground, by shapely."""
    there = log[..., KIND] != ABSENT
    place = log[..., X] + 1j * log[..., Y]
    found = []
    for i in range(log.shape[1]):
        for j in range(i):
            near = there[:, i] & there[:, j] & (np.abs(place[:, i] - place[:, j]) < 7.0)
            for t in np.flatnonzero(near):
                bodies = [box(*log[t, k, [X, Y, HEADING, LENGTH, WIDTH]]) for k in (i, j)]
                if bodies[0].intersects(bodies[1]):
                    found.append((int(t), i, j))
    return found
