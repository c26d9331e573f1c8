"""Recorded traffic: who is there at a frame, and the bodies that follow their tracks exactly.

Frames are 0.1 s apart; step 0 of an episode shows frame `first_frame` of its world, that in which the ego's track
begins. Where more tracks are there than places for actors, those nearest to the ego (actor 0) have them. Actors
that leave free their place, for whoever is nearest among those without one.
"""

from math import hypot

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_agents import set_route, set_vehicle
from envs.kernels.road_boxes import overlap
from envs.kernels.road_lines import project_path, wrap
from envs.kernels.road_reactive import decide_reactive, move_reactive
from envs.kernels.road_records import ABSENT, VEHICLE

SWAP_GAIN = 5.0
"""By how much nearer somebody without a place must be to take that of the furthest one [m]."""
SPARE = 2.0
"""Room that a reactive newcomer needs before and behind others together [m]."""
LEAST_REST = 20
"""Frames that a track must go on for to be worth a further controlled vehicle."""


@inlined
def recorded_pose(roads, slot, track, frame):
    """(x, y, heading, speed, is there) of a track at a frame."""
    own = roads.tracks[slot, track]
    if frame < own.first or frame > own.last:
        return 0.0, 0.0, 0.0, 0.0, False
    there = roads.frames[slot, track, frame]
    return there.x, there.y, there.heading, there.speed, there.valid == 1


@inner
def place_recorded(state, rules, roads, scratch, w, ego_track):
    """Begin an episode at the first frame of `ego_track`, which agent 0 drives: pose, speed and size are recorded.

    Route k of a recording belongs to track k. Further agents get further routes whose tracks are there now and for
    at least two seconds more; agents without one are inactive and absent.
    """
    slot, world = scratch.slot[w], state.worlds[w]
    frame = roads.tracks[slot, ego_track].first
    world.first_frame = frame
    for i in range(state.actors.shape[1]):
        state.actors[w, i].kind, state.actors[w, i].track = ABSENT, -1
    _place_agent(state, rules, roads, slot, w, 0, ego_track, frame)
    route = 0
    for agent in range(1, rules.num_agents):
        while route < roads.counts[slot].routes and not _is_free(state, roads, slot, w, route, frame):
            route += 1
        if route < roads.counts[slot].routes:
            _place_agent(state, rules, roads, slot, w, agent, route, frame)
        else:
            set_route(state, roads, slot, w, agent, ego_track, roads.routes[slot, ego_track].start)
            state.agents[w, agent].active = 0
    _fill_places(state, rules, roads, slot, w, frame)


@inner
def advance_recorded(state, rules, roads, scratch, w):
    """One step of everybody not controlled: replayed, or where rules.reactive, vehicles give way to who is ahead."""
    slot = scratch.slot[w]
    frame = state.worlds[w].first_frame + state.worlds[w].steps + 1
    if rules.reactive == 1:
        decide_reactive(state, rules, roads, scratch, w, frame)
    for i in range(rules.num_agents, state.actors.shape[1]):
        actor = state.actors[w, i]
        if actor.kind == ABSENT or actor.collided == 1:
            continue
        if rules.reactive == 1 and actor.kind == VEHICLE:
            is_there = move_reactive(state, rules, roads, scratch, w, i, frame)
        else:
            is_there = _replay(state, rules, roads, slot, w, i, frame)
        if not is_there:
            actor.kind, actor.track = ABSENT, -1
    _fill_places(state, rules, roads, slot, w, frame)


@inlined
def _place_agent(state, rules, roads, slot, w, agent, track, frame):
    _appear(state, rules, roads, slot, w, agent, track, frame)
    actor, route = state.actors[w, agent], roads.routes[slot, track]
    middle = int(route.start)
    s, _, _ = project_path(roads, slot, track, actor.x, actor.y, middle, route.num_points)
    set_route(state, roads, slot, w, agent, track, s)


@inlined
def _is_free(state, roads, slot, w, track, frame):
    """Whether a further agent could drive this track from now on."""
    _, _, _, _, is_there = recorded_pose(roads, slot, track, frame)
    return is_there and roads.tracks[slot, track].last >= frame + LEAST_REST and _place_of(state, w, track) < 0


@inlined
def _place_of(state, w, track):
    for i in range(state.actors.shape[1]):
        if state.actors[w, i].track == track:
            return i
    return -1


@inlined
def _appear(state, rules, roads, slot, w, i, track, frame):
    """Put the actor of a track into place `i`, as it is at this frame."""
    own, actor = roads.tracks[slot, track], state.actors[w, i]
    lives = actor.lives
    x, y, heading, speed, _ = recorded_pose(roads, slot, track, frame)
    set_vehicle(state, rules, w, i, x, y, heading, speed, own.length, own.width)
    actor.kind, actor.track, actor.track_at, actor.lives = own.kind, track, float(frame), lives + 1
    before = frame if roads.frames[slot, track, frame].valid == 1 and frame > own.first else frame + 1
    if before - 1 >= own.first and before <= own.last:
        _note_changes(actor, roads.frames[slot, track, before - 1], roads.frames[slot, track, before], rules.dt)


@inlined
def _note_changes(actor, before, after, dt):
    """Acceleration and yaw rate between two frames, where both are valid."""
    actor.acceleration, actor.yaw_rate = 0.0, 0.0
    if before.valid == 1 and after.valid == 1:
        actor.acceleration = (after.speed - before.speed) / dt
        actor.yaw_rate = wrap(after.heading - before.heading) / dt


@inlined
def _replay(state, rules, roads, slot, w, i, frame):
    """Move to the recorded pose of a frame; False if there is none."""
    actor = state.actors[w, i]
    x, y, heading, speed, is_there = recorded_pose(roads, slot, actor.track, frame)
    if is_there:
        actor.x, actor.y, actor.heading, actor.speed, actor.track_at = x, y, heading, speed, float(frame)
        frames = roads.frames[slot, actor.track]
        _note_changes(actor, frames[frame - 1], frames[frame], rules.dt)
    return is_there


@inner
def _fill_places(state, rules, roads, slot, w, frame):
    """Let those in who are there and have no place, nearest to the ego first, while there is room or gain."""
    for _ in range(state.actors.shape[1]):
        track, distance = _nearest_outside(state, rules, roads, slot, w, frame)
        if track < 0:
            return
        i = _worst_place(state, rules, w, distance + SWAP_GAIN)
        if i < 0:
            return
        _appear(state, rules, roads, slot, w, i, track, frame)


@inlined
def _nearest_outside(state, rules, roads, slot, w, frame):
    """(track, distance to the ego) of the nearest one without a place, or (-1, 0)."""
    ego, best, nearest = state.actors[w, 0], -1, 1e300
    for track in range(roads.counts[slot].tracks):
        x, y, _, _, is_there = recorded_pose(roads, slot, track, frame)
        distance = hypot(x - ego.x, y - ego.y)
        is_wanted = is_there and distance < nearest and _place_of(state, w, track) < 0
        if is_wanted and _has_room(state, rules, roads, slot, w, track, frame):
            best, nearest = track, distance
    return best, nearest


@inlined
def _has_room(state, rules, roads, slot, w, track, frame):
    """Whether nobody stands in the way who was not there in the recording: an agent, or a delayed reactive actor."""
    if rules.reactive == 0:
        return True
    own = roads.tracks[slot, track]
    x, y, heading, _, _ = recorded_pose(roads, slot, track, frame)
    for i in range(state.actors.shape[1]):
        other = state.actors[w, i]
        if other.kind == ABSENT or (i >= rules.num_agents and other.track_at == frame):
            continue
        length, width = other.length + SPARE, other.width
        if overlap(x, y, heading, own.length, own.width, other.x, other.y, other.heading, length, width):
            return False
    return True


@inlined
def _worst_place(state, rules, w, distance):
    """A free place, or that of the furthest actor beyond `distance` from the ego, or -1."""
    ego, worst = state.actors[w, 0], -1
    for i in range(rules.num_agents, state.actors.shape[1]):
        actor = state.actors[w, i]
        if actor.kind == ABSENT:
            return i
        away = hypot(actor.x - ego.x, actor.y - ego.y)
        if away > distance:
            worst, distance = i, away
    return worst
