"""A view, label by label: for every channel the shapes that it shows, as one shapely geometry in the world."""

import numpy as np
import shapely
from twins.road_boxes import box

from envs.kernels.road_records import ABSENT, GREEN, PEDESTRIAN
from envs.kernels.road_views import CHANNELS, PAST


def cell_centres(actor, rules, shape):
    """Where the cells' centres lie, shapely points [row col]."""
    row, col = np.indices(shape)
    forward = rules["ahead"] - (row + 0.5) * rules["resolution"]
    left = rules["left"] - (col + 0.5) * rules["resolution"]
    cos, sin = np.cos(actor["heading"]), np.sin(actor["heading"])
    return shapely.points(actor["x"] + forward * cos - left * sin, actor["y"] + forward * sin + left * cos)


def drawn_shapes(state, rules, network, colours, history, w, agent):
    """{channel: geometry} of everything but the static layers, which come from the raster."""
    actors, past = state.actors[w], state.history[w]

    def boxes(poses, wanted):
        return shapely.union_all(
            [
                box(pose["x"], pose["y"], pose["heading"], actor["length"], actor["width"])
                for i, (pose, actor) in enumerate(zip(poses, actors, strict=True))
                if wanted(i, pose["kind"])
            ]
        )

    def is_vehicle(i, kind):
        return i != agent and kind not in (ABSENT, PEDESTRIAN)

    bars = [bar for bar in network.bars if bar["signal"] < 0 or colours[bar["signal"]] != GREEN]
    return {
        CHANNELS.index("route"): route_strip(state.agents[w, agent], rules, network),
        CHANNELS.index("stop"): shapely.union_all([box(*bar.tolist()[:5]) for bar in bars]),
        CHANNELS.index("ego"): boxes(actors, lambda i, kind: i == agent),
        CHANNELS.index("vehicles"): boxes(actors, is_vehicle),
        CHANNELS.index("pedestrians"): boxes(actors, lambda i, kind: i != agent and kind == PEDESTRIAN),
        **{PAST + k: boxes(past[k], is_vehicle) for k in range(history)},
    }


def route_strip(own, rules, network):
    """Quadrangles between all neighbouring points of the path in reach, as wide as their lane."""
    if own["route"] < 0:
        return shapely.Polygon()
    route = network.routes[own["route"]]
    path = network.path[route["first_point"] : route["first_point"] + route["num_points"]]
    behind = rules["rows"] * rules["resolution"] - rules["ahead"]
    first = max(0, int(np.floor(own["path_s"] - behind)))
    last = min(len(path) - 1, int(np.ceil(own["path_s"] + rules["ahead"])))
    pieces = []
    for a, b in zip(path[first:last], path[first + 1 : last + 1], strict=True):
        half = network.lanes[a["lane"]]["width"] / 2
        ends = [
            (p["x"] - side * half * np.sin(p["heading"]), p["y"] + side * half * np.cos(p["heading"]))
            for p, side in ((a, 1), (b, 1), (b, -1), (a, -1))
        ]
        pieces.append(shapely.Polygon(ends))
    return shapely.union_all(pieces)
