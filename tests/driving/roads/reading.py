"""A network's parts, read for tests."""

import numpy as np
import shapely


def wrapped(angle):
    return (np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi


def points_of(network, lane):
    record = network.lanes[lane]
    return network.points[record["first"] : record["first"] + record["count"]]


def line_of(network, lane):
    points = points_of(network, lane)
    return shapely.LineString(np.stack([points["x"], points["y"]], 1))


def strip_of(network, lane):
    points = points_of(network, lane)
    centre = np.stack([points["x"], points["y"]], 1)
    to_side = 0.5 * network.lanes[lane]["width"] * np.stack([-np.sin(points["heading"]), np.cos(points["heading"])], 1)
    return shapely.Polygon(np.concatenate([centre + to_side, (centre - to_side)[::-1]]))


def successors(network, lane):
    return [int(after) for after in network.lanes[lane]["next"] if after >= 0]


def neighbours(network, lane):
    return [int(other) for other in (network.lanes[lane]["left"], network.lanes[lane]["right"]) if other >= 0]


def lanes_of_route(network, route):
    return network.route_lanes[route["first"] : route["first"] + route["count"]].tolist()


def path_of(network, route):
    return network.path[route["first_point"] : route["first_point"] + route["num_points"]]
