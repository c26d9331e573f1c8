"""Slow twins of envs/kernels/road_features.py: rotation matrices, numpy's interpolation and sort."""

import numpy as np
from twins.road_lines import wrap

from envs.kernels.road_features import ACTOR_FEATURES, ROUTE_POINTS
from envs.kernels.road_margins import BEYOND, CLEARANCE
from envs.kernels.road_records import ABSENT, CONNECTOR, CROSSING, DIVERGING, FREE, PEDESTRIAN


def pose_on(path, s):
    """(x, y, heading) at s of PATH_POINT [.] one metre apart, straight on beyond its ends."""
    stations = np.arange(len(path))
    heading = np.interp(s, stations, np.unwrap(path["heading"]))
    beyond = s - np.clip(s, 0, len(path) - 1)
    x, y = (np.interp(s, stations, path[name]) for name in "xy")
    return np.array([x + beyond * np.cos(heading), y + beyond * np.sin(heading)]), heading


def into(ego):
    """The matrix that turns world directions into (forward, left) of an actor."""
    cos, sin = np.cos(ego["heading"]), np.sin(ego["heading"])
    return np.array([[cos, sin], [-sin, cos]])


def to_line(actor, network):
    """From the front to the first lane of the plan whose control or crossings may make one stop; 100 without any."""
    begins = -actor["lane_s"] - actor["length"] / 2
    for k, lane in enumerate(actor["plan"]):
        if lane < 0 or begins > 100.0:
            return 100.0
        here = network.lanes[lane]
        conflicts = network.conflicts[here["first_conflict"] : here["first_conflict"] + here["num_conflicts"]]
        shared = [found for found in conflicts if found["kind"] != DIVERGING]
        is_crossed = here["kind"] == CONNECTOR and any(found["kind"] == CROSSING for found in shared)
        at_entry = here["control"] != FREE or is_crossed
        lines = [begins] if at_entry else []
        lines += [begins + found["low"] - CLEARANCE for found in shared]
        ahead = [line for line in lines if line > -BEYOND]
        if ahead:
            return float(np.clip(ahead[0] if at_entry and begins > -BEYOND else min(ahead), -100.0, 100.0))
        following = actor["plan"][k + 1] if k + 1 < len(actor["plan"]) else -1
        beside = following >= 0 and following in (here["left"], here["right"])
        begins += 0.0 if beside else here["length"]
    return 100.0


def ego_features(actor, own, path, route, network):
    _, heading = pose_on(path, own["path_s"])
    index = int(np.clip(np.floor(own["path_s"]), 0, len(path) - 1))
    motion = [actor[name] for name in ("speed", "acceleration", "steering", "yaw_rate")]
    to_goal = max(route["goal"] - own["path_s"], 0.0)
    place = [own["path_d"], wrap(actor["heading"] - heading), path["limit"][index], to_goal]
    return np.array([*motion, *place, to_line(actor, network), max(actor["waited"], 0) * 0.1], np.float32)


def route_features(actor, own, path, ahead):
    rows = []
    for k in range(1, ROUTE_POINTS + 1):
        place, heading = pose_on(path, min(own["path_s"] + k * ahead / ROUTE_POINTS, len(path) - 1.0))
        offset = into(actor) @ (place - [actor["x"], actor["y"]])
        rows.append([*offset, wrap(heading - actor["heading"])])
    return np.array(rows, np.float32).ravel()


def actor_features(actors, agent):
    """(features [other 9], mask [other]), nearest first."""
    ego = actors[agent]
    others = [actor for k, actor in enumerate(actors) if k != agent and actor["kind"] != ABSENT]
    others.sort(key=lambda actor: np.hypot(actor["x"] - ego["x"], actor["y"] - ego["y"]))
    found = np.zeros((len(actors) - 1, len(ACTOR_FEATURES)), np.float32)
    for row, actor in zip(found, others, strict=False):
        turn = actor["heading"] - ego["heading"]
        direction = np.array([np.cos(turn), np.sin(turn)])
        row[:2] = into(ego) @ [actor["x"] - ego["x"], actor["y"] - ego["y"]]
        row[2:4], row[4:6] = direction, actor["speed"] * direction
        row[6:] = actor["length"], actor["width"], actor["kind"] == PEDESTRIAN
    return found, (np.arange(len(found)) < len(others)).astype(np.float32)
