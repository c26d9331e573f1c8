from collections.abc import Callable

import numpy as np
import pytest
from road_levels import crossing

from envs.driving.network import Line, Network
from envs.driving.render import Scene, Tiles
from envs.kernels.road_records import ACTOR, AGENT, BAR, CROSSWALK, GREEN, RED, SIGNAL_PHASES, VEHICLE

PLAIN_VEHICLE = {"kind": VEHICLE, "length": 4.6, "width": 1.9, "lane": 0, "speed": 8.0}


def a_crossing() -> Network:
    """Two streets of one lane: the one along +x has a crosswalk and a signal, the one along +y a line to yield at."""
    signals = np.zeros(1, SIGNAL_PHASES)
    signals[0] = (2, 40.0, 0.0, [RED, GREEN, 0, 0, 0, 0, 0, 0], [20.0, 40.0, 0, 0, 0, 0, 0, 0])
    bars = np.zeros(1, BAR)
    bars[0] = (-11.0, 0.0, 0.0, 0.5, 3.5, 0)
    crosswalks = np.zeros(1, CROSSWALK)
    crosswalks[0] = (-15.0, 0.0, np.pi / 2, 3.5, 3.0, -1)
    lines = (
        Line(np.array([[-80.0, 1.75], [-10.0, 1.75]]), "double"),
        Line(np.array([[-80.0, -1.75], [-10.0, -1.75]]), "edge"),
        Line(np.array([[0.0, 10.0], [0.0, 80.0]]), "dashed"),
    )
    return crossing()._replace(signals=signals, bars=bars, crosswalks=crosswalks, lines=lines)


@pytest.fixture(scope="session")
def network() -> Network:
    return a_crossing()


@pytest.fixture(scope="session")
def tiles() -> Tiles:
    return Tiles()


@pytest.fixture
def make_scene(network) -> Callable[..., Scene]:
    """The crossing with the ego on its way along +x, and `others`, each the fields in which it differs."""

    def make(ego=(), others=(), judged=(), **fields) -> Scene:
        actors = np.zeros(1 + len(others), ACTOR)
        bodies = [{"x": -40.0, "heading": 0.0, **PLAIN_VEHICLE, **dict(ego)}, *({**PLAIN_VEHICLE, **o} for o in others)]
        for actor, body in zip(actors, bodies, strict=True):
            for name, value in body.items():
                actor[name] = value
        agents = np.zeros(1, AGENT)
        path_s = float(np.clip(actors["x"][0] + 80, 0, 160))
        still_good = {"active": 1, "direction": 1.0, "ttc": 1, "comfort": 1, "safety": 1.0}
        place = {"index": round(path_s), "path_s": path_s, "begin_s": 5.0, "furthest_s": path_s}
        for name, value in {**still_good, **place, **dict(judged)}.items():
            agents[0][name] = value
        defaults = {"network": network, "actors": actors, "ego": 0, "agent": agents[0], "signals": np.array([GREEN])}
        return Scene(**(defaults | fields))

    return make
