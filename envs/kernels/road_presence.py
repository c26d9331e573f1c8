"""Who is on which lanes: what everybody else on those lanes sees.

Traffic knows its lanes: the one it is on, those on which its rear still is, the one it is leaving. Controlled
vehicles, and whatever else stands on the road, are on every lane that their box touches.
"""

from math import cos, sin

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_holds import note_holds
from envs.kernels.road_lines import lane_pose, lanes_near, project_lane, wrap
from envs.kernels.road_plans import plan_along_route
from envs.kernels.road_records import OBSTACLE, VEHICLE

BODY_REACH = 1.3
"""Half of the strip in which vehicles on a lane drive, and a little [m]: what is in it is in their way."""


@inner
def note_presence(state, rules, roads, scratch, w):
    """Fill the presences and holds of the scratch; refresh lane, lane_s, lane_d and plan of controlled vehicles."""
    scratch.num_presences[0] = 0
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        if actor.kind == VEHICLE and i >= rules.num_agents:
            note_on_rails(state, roads, scratch, w, i)
        elif actor.kind == VEHICLE or actor.kind == OBSTACLE:
            _note_on_plane(state, roads, scratch, w, i)
            if i < rules.num_agents and state.agents[w, i].route >= 0:
                plan_along_route(state, roads, scratch, w, i)
    note_holds(state, rules, roads, scratch, w)


@inlined
def note(scratch, i, lane, s, d, speed):
    """Add one presence, where there is room."""
    n = scratch.num_presences[0]
    if n < scratch.presence_actor.shape[0]:
        scratch.presence_actor[n], scratch.presence_lane[n] = i, lane
        scratch.presence_s[n], scratch.presence_d[n], scratch.presence_speed[n] = s, d, speed
        scratch.num_presences[0] = n + 1


@inlined
def note_on_rails(state, roads, scratch, w, i):
    """The lanes that a vehicle of the traffic is on."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    note(scratch, i, actor.lane, actor.lane_s, actor.lane_d, actor.speed)
    s = actor.lane_s
    for k in range(2):
        if actor.behind[k] < 0:
            break
        s += roads.lanes[slot, actor.behind[k]].length
        note(scratch, i, actor.behind[k], s, actor.lane_d, actor.speed)
    if actor.old_lane >= 0:
        note(scratch, i, actor.old_lane, actor.old_s, actor.lane_d - actor.shift, actor.speed)


@inlined
def _note_on_plane(state, roads, scratch, w, i):
    """The lanes that a box touches, and the one among them that lies most along it."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    start = scratch.num_presences[0]
    way_x, way_y = 0.5 * actor.length * cos(actor.heading), 0.5 * actor.length * sin(actor.heading)
    actor.lane, actor.lane_s, actor.lane_d = -1, 0.0, 0.0
    best, before = -2.0, -1
    for place in range(3):  # centre, front, rear: most often all in one cell of the table
        share = 0.0 if place == 0 else (1.0 if place == 1 else -1.0)
        low, high = lanes_near(roads, slot, actor.x + share * way_x, actor.y + share * way_y)
        if low == before:
            continue
        before = low
        for k in range(low, high):
            lane = roads.lookup_lanes[slot, k]
            if place > 0 and _is_noted(scratch, start, lane):
                continue
            s, d = project_lane(roads, slot, lane, actor.x, actor.y)
            record = roads.lanes[slot, lane]
            if abs(d) > 0.5 * record.width + actor.length or s < -actor.length or s > record.length + actor.length:
                continue
            _, _, heading = lane_pose(roads, slot, lane, s, 0.0)
            turn = wrap(actor.heading - heading)
            along, aside = cos(turn), abs(sin(turn))
            half = 0.5 * (actor.length * abs(along) + actor.width * aside)
            breadth = 0.5 * (actor.length * aside + actor.width * abs(along))
            if s < -half or s > record.length + half or abs(d) > BODY_REACH + breadth:
                continue
            note(scratch, i, lane, s, d, max(0.0, actor.speed * along))
            if 0.0 <= s <= record.length and abs(d) <= 0.5 * record.width and along - 0.05 * abs(d) > best:
                best = along - 0.05 * abs(d)
                actor.lane, actor.lane_s, actor.lane_d = lane, s, d


@inlined
def _is_noted(scratch, start, lane):
    for k in range(start, scratch.num_presences[0]):
        if scratch.presence_lane[k] == lane:
            return True
    return False
