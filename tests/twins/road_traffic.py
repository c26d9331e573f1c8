"""The models of the traffic, written as in the papers."""

import numpy as np


def idm(speed, desired, gap, lead_speed, a, b, s0, headway, exponent):
    """Treiber, Hennecke and Helbing (2000), with the wanted gap kept at or above s0."""
    approach = speed * (speed - lead_speed) / (2 * np.sqrt(a * b))
    wanted = s0 + max(0.0, speed * headway + approach)
    return a * (1 - (speed / desired) ** exponent - (wanted / gap) ** 2)


def changes_lane(own, new, old, *, politeness, threshold, safe_braking):
    """MOBIL; each of `own`, `new`, `old` is (acceleration before, after)."""
    if new[1] < -safe_braking:
        return False
    gain = own[1] - own[0]
    others = (new[1] - new[0]) + (old[1] - old[0])
    return gain + politeness * others >= threshold


def colour(phases, time):
    """What a signal shows: the phase within whose time the moment falls."""
    moment = (time + phases["offset"]) % phases["cycle"]
    ends = phases["until"][: phases["count"]]
    return int(phases["colour"][min(np.searchsorted(ends, moment, side="right"), phases["count"] - 1)])


def touched_lanes(lines, actor, reach):
    """Lanes in whose driven strip (half width `reach`) a box lies: {lane: s}; lines are point tables of lanes."""
    from twins.road_lines import pose, project

    touched = {}
    for lane, line in enumerate(lines):
        s, d = project(line, actor["x"], actor["y"])
        turn = actor["heading"] - pose(line, s, 0.0)[2]
        half = 0.5 * (actor["length"] * abs(np.cos(turn)) + actor["width"] * abs(np.sin(turn)))
        breadth = 0.5 * (actor["length"] * abs(np.sin(turn)) + actor["width"] * abs(np.cos(turn)))
        if -half <= s <= line[-1][2] + half and abs(d) <= reach + breadth:
            touched[lane] = s
    return touched
