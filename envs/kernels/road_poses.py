"""How a controlled vehicle follows a trajectory: timed poses in its own frame of now.

Speed: of all motions s(t) = v t + a t^2 / 2 + j t^3 / 6 the one nearest to the distances of the poses along the
trajectory over the next `NEAR_SECONDS`; its a is the command. Poses behind a stop say nothing about braking, so they
are left out, and on the last stretch before a stop the command is the braking that ends there.

Steering: of all motions whose curvature is linear in the distance, k + m s, the one whose course, integrated along the
way, is nearest to that of the poses. The centre's course is heading + slip, and the slip is about half the wheelbase
times the curvature, so that

    sideways(s) = integral of course = k (s^2 + wheelbase s) / 2 + m (s^3 / 6 + wheelbase s^2 / 4).

Both are ridge regressions with two unknowns. The ridge keeps the wheels still while standing, and the second unknown
small where the poses are rough.
"""

import math

from envs.kernels.bicycle import curvature_of_steering, steering_of_curvature
from envs.kernels.compilation import inlined
from envs.kernels.road_lines import wrap

NEAR_SECONDS = 2.0
STANDING = 0.1
"""Poses that go on slower than this [m/s] stand."""
JERK_RIDGE, STILL_RIDGE, BEND_RIDGE = 0.01, 0.05, 1.0
CLOSE, SLOW = 0.1, 0.1
"""So near to a stop [m] and so slow [m/s] a vehicle has made it."""
WIDEST = 0.8
"""Angle between a pose's heading and the way to it at most believed [rad]."""


@inlined
def track_poses(state, rules, w, agent, poses):
    """(acceleration, steering) that follow `poses` [horizon 3], (x, y, heading) in the frame of the agent's box now.

    They are `rules.trajectory_dt` apart, the first one that long after now.
    """
    actor = state.actors[w, agent]
    return poses_control(poses, rules.trajectory_dt, rules.dt, actor.speed, actor.steering, actor.wheelbase)


@inlined
def poses_control(poses, spacing, dt, speed, steering, wheelbase):
    """The same for any vehicle with that speed, steering angle and wheelbase."""
    bend = curvature_of_steering(steering, wheelbase)
    near = int(NEAR_SECONDS / spacing + 0.5)
    x, y, heading, turned = 0.0, 0.0, 0.0, 0.0
    s, sideways, first, way = 0.0, 0.0, 0.0, 0.0
    # Sums of products: of both basis functions, and of them with what is fitted.
    aa, aj, jj, ar, jr = 0.0, 0.0, JERK_RIDGE, 0.0, 0.0
    kk, km, mm, kr, mr = STILL_RIDGE, 0.0, BEND_RIDGE, STILL_RIDGE * bend, 0.0
    moving = 0  # poses that are still on the move, counted from the first
    for k in range(min(poses.shape[0], max(near, 1) + 1)):
        way, course, half = _segment(poses[k, 0] - x, poses[k, 1] - y, poses[k, 2], heading)
        x, y, heading = poses[k, 0], poses[k, 1], poses[k, 2]
        if k == 0:
            first = way
        elif moving == k - 1 and way > STANDING * spacing:
            a, j, r = _speed_row(k * spacing, s, speed)
            aa, aj, jj, ar, jr = aa + a * a, aj + a * j, jj + j * j, ar + a * r, jr + j * r
            moving = k
        s += way
        sideways += way * (turned + course)
        turned += 2.0 * half
        a, j = 0.5 * s * (s + wheelbase), s * s * (s / 6.0 + 0.25 * wheelbase)
        weight = 1.0 / (1.0 + s * s)
        kk, km, mm = kk + weight * a * a, km + weight * a * j, mm + weight * j * j
        kr, mr = kr + weight * a * sideways, mr + weight * j * sideways
    if moving == poses.shape[0] - 1 and moving <= near and way > STANDING * spacing:
        a, j, r = _speed_row((moving + 1) * spacing, s, speed)
        aa, aj, jj, ar, jr = aa + a * a, aj + a * j, jj + j * j, ar + a * r, jr + j * r
        moving += 1
    acceleration = _solve(aa, aj, jj, ar, jr) if moving > 0 else stop_after(first, speed, spacing, dt)
    return acceleration, steering_of_curvature(_solve(kk, km, mm, kr, mr), wheelbase)


@inlined
def stop_after(distance, speed, seconds, dt):
    """The acceleration [m/s^2] that ends in a stop `distance` ahead, where the vehicle should be within `seconds`.

    Who is as good as there stops at once, instead of creeping towards the very place.
    """
    if distance < CLOSE and speed < SLOW:
        return -speed / dt
    if distance > 0.5 * speed * seconds:
        return 2.0 * (distance - speed * seconds) / (seconds * seconds)
    return -min(0.5 * speed * speed / max(distance, 1e-3), speed / dt)


@inlined
def _segment(right, up, heading, before):
    """From one pose to the next: (length, direction relative to the heading before, half the turn)."""
    half = 0.5 * wrap(heading - before)
    cosine, sine = math.cos(before + half), math.sin(before + half)
    along, across = right * cosine + up * sine, up * cosine - right * sine
    if along <= 0.0:
        return 0.0, half, half
    swing = min(max(math.atan2(across, along), -WIDEST), WIDEST)
    # An arc is longer than its chord by (angle / 2) / sin(angle / 2).
    return along / math.cos(swing) * (1.0 + half * half / 6.0), half + swing, half


@inlined
def _speed_row(t, s, speed):
    """Values of the basis functions at a time, and what they should make up."""
    return 0.5 * t * t, t * t * t / 6.0, s - speed * t


@inlined
def _solve(aa, ab, bb, ar, br):
    """First unknown of the two normal equations."""
    return (ar * bb - br * ab) / (aa * bb - ab * ab)
