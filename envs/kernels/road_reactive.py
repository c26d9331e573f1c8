"""Recorded vehicles that react: they keep to their own path and timing unless somebody is in their way.

A vehicle on schedule is where the recording has it at this frame, and stays so, whatever others on schedule do: they
did get along. It leaves the schedule when the intelligent driver model, applied to the first body in the corridor
that it is about to sweep (an agent, or a vehicle behind its own schedule), asks for harder braking than the recording
shows. From then on it drives by that model along the recorded path, never backwards, and closes up to where the
recording has it, but never overtakes that: so it waits at red lights that no map knows. Its path goes straight on
where the track ends; once the track is over, it leaves after LEAVE metres of that.
"""

from math import cos, hypot, sin

from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import idm
from envs.kernels.road_boxes import overlap
from envs.kernels.road_lines import blend_angle, wrap
from envs.kernels.road_records import ABSENT, VEHICLE

A, B, MIN_GAP, HEADWAY, EXPONENT = 2.0, 3.0, 1.5, 0.8, 4.0
"""IDM of recorded drivers: they follow more closely than models do."""
HARDEST = 8.0
"""Braking at most [m/s^2]."""
LEEWAY = 0.5
"""How much harder than recorded the model must ask to brake for a vehicle to leave its schedule [m/s^2]."""
CATCH_UP, CATCH_UP_SPEED = 0.5, 3.0
"""Speed per metre behind schedule [1/s], and how much faster than recorded it gets at most [m/s]."""
REACH, SLAB, FINE = 60.0, 1.0, 0.1
LEAVE = 30.0
NOBODY = 1e6


@inlined
def path_at(roads, slot, track, at):
    """(x, y, heading) at a place on a track, in frames; beyond the last one `at - last` metres straight on."""
    last = roads.tracks[slot, track].last
    if at >= last:
        end = roads.frames[slot, track, last]
        beyond = at - last
        return end.x + beyond * cos(end.heading), end.y + beyond * sin(end.heading), end.heading
    k = int(at)
    share = at - k
    a, b = roads.frames[slot, track, k], roads.frames[slot, track, k + 1]
    return a.x + share * (b.x - a.x), a.y + share * (b.y - a.y), blend_angle(a.heading, b.heading, share)


@inlined
def path_after(roads, slot, track, at, distance):
    """The place `distance` metres further along a track."""
    last = roads.tracks[slot, track].last
    while at < last:
        k = int(at)
        length = _segment(roads, slot, track, k)
        left = (k + 1 - at) * length
        if left > distance:
            return at + distance / length
        distance -= left
        at = float(k + 1)
    return at + distance


@inlined
def path_length(roads, slot, track, low, high):
    """Metres between two places on a track, neither beyond its last frame."""
    length, at = 0.0, low
    while at < high:
        k = int(at)
        end = min(float(k + 1), high)
        length += (end - at) * _segment(roads, slot, track, k)
        at = end
    return length


@inlined
def _segment(roads, slot, track, k):
    a, b = roads.frames[slot, track, k], roads.frames[slot, track, k + 1]
    return hypot(b.x - a.x, b.y - a.y)


@inner
def decide_reactive(state, rules, roads, scratch, w, frame):
    """How much each recorded vehicle may accelerate for what is ahead of it, into scratch.command[i, 0] [m/s^2].

    Everybody decides from the state before anybody moves; `frame` is the one to come.
    """
    for i in range(rules.num_agents, state.actors.shape[1]):
        actor = state.actors[w, i]
        scratch.command[i, 0] = NOBODY
        if actor.kind == VEHICLE and actor.collided == 0:
            gap, lead_speed = _ahead(state, rules, roads, scratch, w, i, frame - 1)
            if gap < NOBODY:
                wish = idm(actor.speed, NOBODY, gap, lead_speed, A, B, MIN_GAP, HEADWAY, EXPONENT)
                scratch.command[i, 0] = max(-HARDEST, wish)


@inner
def move_reactive(state, rules, roads, scratch, w, i, frame):
    """Drive one vehicle on to `frame`; False when it has left."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    own = roads.tracks[slot, actor.track]
    if actor.track_at == frame - 1 and frame > own.last:
        return False
    if actor.track_at == frame - 1 and _keeps_time(roads, slot, actor, frame, scratch.command[i, 0], rules.dt):
        return _show(roads, slot, actor, float(frame), roads.frames[slot, actor.track, frame].speed, rules.dt)
    if frame > own.last and (actor.track_at >= own.last + LEAVE or (actor.track_at >= own.last and actor.speed < 0.1)):
        return False
    limit = min(frame, own.last)
    behind = path_length(roads, slot, actor.track, actor.track_at, limit) if actor.track_at < limit else 0.0
    speed = _next_speed(roads, slot, actor, frame, behind, scratch.command[i, 0], rules.dt)
    way = speed * rules.dt
    if frame <= own.last and way >= behind:
        return _show(roads, slot, actor, float(frame), roads.frames[slot, actor.track, frame].speed, rules.dt)
    return _show(roads, slot, actor, path_after(roads, slot, actor.track, actor.track_at, way), speed, rules.dt)


@inlined
def _keeps_time(roads, slot, actor, frame, allowed, dt):
    """Whether what is ahead lets a vehicle on schedule stay so."""
    recorded = (roads.frames[slot, actor.track, frame].speed - actor.speed) / dt
    return allowed >= min(0.0, recorded) - LEEWAY


@inlined
def _next_speed(roads, slot, actor, frame, behind, allowed, dt):
    """Of a vehicle `behind` metres behind where it should be by then."""
    last = roads.tracks[slot, actor.track].last
    if frame > last and actor.track_at >= last:  # straight on
        wish = 0.0
    else:
        there = roads.frames[slot, actor.track, min(frame, last)].speed
        here = roads.frames[slot, actor.track, min(int(actor.track_at), last)].speed
        target = min(there + CATCH_UP * behind, max(there, here) + CATCH_UP_SPEED)
        wish = max(-B, min((target - actor.speed) / 0.5, A))
    return max(0.0, actor.speed + min(wish, allowed) * dt)


@inlined
def _show(roads, slot, actor, at, speed, dt):
    """Put the actor at a place on its track."""
    x, y, heading = path_at(roads, slot, actor.track, at)
    actor.acceleration, actor.yaw_rate = (speed - actor.speed) / dt, wrap(heading - actor.heading) / dt
    actor.x, actor.y, actor.heading, actor.speed, actor.track_at = x, y, heading, speed, at
    return True


@inlined
def _ahead(state, rules, roads, scratch, w, i, now):
    """(gap, speed along the way) of the first body that the front of vehicle i would meet, or (NOBODY, 0)."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    reach = min(REACH, 15.0 + 4.0 * actor.speed)
    count = _bodies_near(state, rules, scratch, w, i, now, reach)
    if count == 0:
        return NOBODY, 0.0
    at = path_after(roads, slot, actor.track, actor.track_at, 0.5 * actor.length)
    gap = 0.0
    while gap < reach:
        x, y, heading = path_at(roads, slot, actor.track, path_after(roads, slot, actor.track, at, 0.5 * SLAB))
        if _hit(state, scratch, w, count, x, y, heading, SLAB, actor.width) >= 0:
            return _measure(state, roads, scratch, w, i, count, at, gap)
        at = path_after(roads, slot, actor.track, at, SLAB)
        gap += SLAB
    return NOBODY, 0.0


@inlined
def _measure(state, roads, scratch, w, i, count, at, gap):
    """(gap, speed) once a slab that begins at `at` is known to touch somebody."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    x, y, heading = path_at(roads, slot, actor.track, at)
    k = -1
    for step in range(int(SLAB / FINE)):
        x, y, heading = path_at(roads, slot, actor.track, path_after(roads, slot, actor.track, at, (step + 0.5) * FINE))
        k = _hit(state, scratch, w, count, x, y, heading, FINE, actor.width)
        if k >= 0:
            gap += step * FINE
            break
    if k < 0:
        k = _hit(state, scratch, w, count, x, y, heading, 2.0 * SLAB, actor.width)
    if k < 0:
        return gap, 0.0
    other = state.actors[w, k]
    return gap, max(0.0, other.speed * cos(other.heading - heading))


@inlined
def _hit(state, scratch, w, count, x, y, heading, length, width):
    """Which of the bodies in scratch.order a slab across the path touches, or -1."""
    for n in range(count):
        other = state.actors[w, scratch.order[n]]
        if overlap(x, y, heading, length, width, other.x, other.y, other.heading, other.length, other.width):
            return scratch.order[n]
    return -1


@inlined
def _bodies_near(state, rules, scratch, w, i, now, reach):
    """List in scratch.order those that vehicle i may have to brake for; returns how many."""
    actor, count = state.actors[w, i], 0
    is_on_time = actor.track_at == now
    for j in range(state.actors.shape[1]):
        other = state.actors[w, j]
        if j == i or other.kind == ABSENT:
            continue
        if (
            is_on_time
            and j >= rules.num_agents
            and (other.kind != VEHICLE or other.track_at == now)
            and other.collided == 0
        ):
            continue  # they got along in the recording
        east, north, size = other.x - actor.x, other.y - actor.y, actor.length + other.length
        is_behind = east * cos(actor.heading) + north * sin(actor.heading) < -0.5 * size
        if is_behind or hypot(east, north) > reach + 0.5 * size + 2.0:
            continue
        if j >= rules.num_agents and _touch(actor, other):
            continue  # a trailer, or already hit
        scratch.order[count] = j
        count += 1
    return count


@inlined
def _touch(a, b):
    return overlap(a.x, a.y, a.heading, a.length, a.width, b.x, b.y, b.heading, b.length, b.width)
