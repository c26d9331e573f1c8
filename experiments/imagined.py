"""Drawing what was imagined below what happened: maps seen from above, at several times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt8

from envs.core.drawing import lettering, palette
from envs.core.drawing.palette import Colour
from envs.core.drawing.sheet import contact_sheet
from envs.core.drawing.strip import write_facts
from envs.driving.future import Window, future_occupancy, scene_of
from envs.driving.render.palette import VIEW, VIEW_GROUND
from world_models.spec import Spec

SIDE = 256
"""Of a tile, about [px]."""
BAND = 44
"""Height of the title [px]."""
LENGTH, WIDTH = 4.8, 2.0
"""Of the ego as it is drawn [m]."""
FLOOR: Colour = (248, 249, 250)
WALL: Colour = (84, 98, 118)
GROUND = ("drivable", "route", "crosswalk", "lane_boundary", "stop")
"""Channels that do not move, in the order in which they are drawn."""
STRENGTH = {"route": 0.45, "crosswalk": 0.7, "lane_boundary": 0.35}
FAINT = 0.6
"""Power of a probability that is its share of the colour: below 1, so that what is unlikely is still seen."""
ROAD_LEGEND = (
    ("vehicles", VIEW["vehicles"]),
    ("pedestrians", VIEW["pedestrians"]),
    ("ego", VIEW["ego"]),
    ("route", VIEW["route"]),
    ("stop line", VIEW["stop"]),
    ("outline: the real future", palette.WHITE),
)
GRID_LEGEND = (
    ("obstacle", WALL),
    ("goal", palette.GOAL),
    ("agent", palette.AGENT),
    ("others", palette.OTHERS[0]),
    ("outline: the real future", palette.INTENT),
)
Tile = UInt8[np.ndarray, "y x 3"]


@dataclass(frozen=True)
class Moment:
    """What was seen, and what came of it."""

    observation: dict[str, np.ndarray]
    state: Any
    """Of the environment, then."""
    later: list[Any]
    """States at the times that are drawn."""


def strip(
    moment: Moment,
    imagined: Float[np.ndarray, "time channel row col"],
    poses: Float[np.ndarray, "time 3"] | None,
    spec: Spec,
    *,
    heads: Sequence[str],
    title: str,
) -> Tile:
    """Two rows: now and the real future; a legend and the imagined one.

    Args:
        moment: With as many later states as there are times.
        imagined: Probabilities.
        poses: Of the ego as imagined, on roads.
        spec: Of the model.
        heads: Of the columns.
        title: Facts, two spaces apart.
    """
    is_road = spec.extent is not None
    now, real, dreamt = (_roads if is_road else _grids)(moment, imagined, poses, spec)
    known = [entry for entry in GRID_LEGEND if entry[0] != "others" or "others" in spec.foreseen]
    legend = _legend(ROAD_LEGEND if is_road else known, now.shape)
    titles = ["now", *(f"{head} real" for head in heads), "", *(f"{head} imagined" for head in heads)]
    sheet = contact_sheet([now, *real, legend, *dreamt], columns=1 + len(heads), titles=titles, gap=10)
    headed = np.empty((BAND + len(sheet), sheet.shape[1], 3), np.uint8)
    headed[:] = palette.PAPER
    headed[BAND:] = sheet
    write_facts(headed, title, size=28, left=12, right=headed.shape[1] - 12, middle=BAND / 2 + 4)
    return headed


def _roads(moment: Moment, imagined: np.ndarray, poses: Any, spec: Spec) -> tuple[Tile, list[Tile], list[Tile]]:
    assert spec.extent is not None
    window = Window(spec.resolution, spec.extent)
    scene = scene_of([moment.state, moment.state, *moment.later])
    own = scene.poses[0, 0]
    truth = future_occupancy(scene.without(0), seen_from=tuple(own.tolist()), window=window)
    real_poses = _seen_from(own, scene.poses[1:, 0])
    seen = moment.observation["occupancy"] > 0
    pixels = max(1, SIDE // seen.shape[1])
    ground = _enlarged(_ground(seen), pixels)
    colours = [VIEW[name] for name in spec.foreseen]

    def tile(shares: np.ndarray, pose: np.ndarray, outline: np.ndarray | None = None) -> Tile:
        picture = _blend(ground, [_enlarged(share**FAINT, pixels) for share in shares], colours)
        if outline is not None:
            picture[_rim(_enlarged(np.asarray(outline.any(axis=0)), pixels))] = palette.WHITE
        picture[_box(pose, picture.shape, spec)] = VIEW["ego"]
        return picture

    drawn = [tile(shares.astype(np.float64), pose) for shares, pose in zip(truth, real_poses, strict=True)]
    own_poses = real_poses[1:] if poses is None else poses
    dreamt = [tile(share, pose, was) for share, pose, was in zip(imagined, own_poses, truth[1:], strict=True)]
    return drawn[0], drawn[1:], dreamt


def _grids(moment: Moment, imagined: np.ndarray, poses: Any, spec: Spec) -> tuple[Tile, list[Tile], list[Tile]]:
    colours = [WALL, palette.GOAL, palette.AGENT, *palette.OTHERS]
    seen = moment.observation["occupancy"] > 0
    pixels = max(1, SIDE // seen.shape[1])
    floor = np.empty((seen.shape[1] * pixels, seen.shape[2] * pixels, 3), np.uint8)
    floor[:] = FLOOR
    agent = spec.foreseen.index("agent")

    def tile(shares: np.ndarray, outline: np.ndarray | None = None) -> Tile:
        inks = [colours[k % len(colours)] for k in range(len(shares))]
        picture = _blend(floor, [_enlarged(share**FAINT, pixels) for share in shares], inks)
        if outline is not None:
            picture[_rim(_enlarged(outline, pixels), width=max(1, pixels // 6))] = palette.INTENT
        return picture

    real = []
    for state in moment.later:
        there = seen.copy()
        there[agent] = False
        row, col = state.cell[0, 0].tolist()
        there[agent, row, col] = True
        real.append(there)
    dreamt = [tile(share, was[agent]) for share, was in zip(imagined, real, strict=True)]
    return tile(seen.astype(np.float64)), [tile(was.astype(np.float64)) for was in real], dreamt


def _ground(seen: Bool[np.ndarray, "channel row col"]) -> Tile:
    """Of channels in the order that road environments have."""
    names = ("drivable", "lane_boundary", "route", "stop", "crosswalk")
    picture = np.empty((*seen.shape[1:], 3), np.uint8)
    picture[:] = VIEW_GROUND
    for name in GROUND:
        share = STRENGTH.get(name, 1.0) * seen[names.index(name)]
        picture = _blend(picture, [share], [VIEW[name]])
    return picture


def _blend(picture: Tile, shares: Sequence[np.ndarray], colours: Sequence[Colour]) -> Tile:
    mixed = picture.astype(np.float64)
    for share, colour in zip(shares, colours, strict=True):
        mixed += np.asarray(share, np.float64)[..., None] * (np.array(colour, np.float64) - mixed)
    return np.rint(mixed).astype(np.uint8)


def _enlarged(cells: Shaped[np.ndarray, "row col ..."], pixels: int) -> Shaped[np.ndarray, "y x ..."]:
    return np.repeat(np.repeat(cells, pixels, axis=0), pixels, axis=1)


def _rim(mask: Bool[np.ndarray, "y x"], *, width: int = 1) -> Bool[np.ndarray, "y x"]:
    """The outermost pixels of what is set."""
    inner = mask.copy()
    for _ in range(width):
        padded = np.pad(inner, 1)
        inner = padded[1:-1, 1:-1] & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def _box(pose: Float[np.ndarray, "3"], shape: tuple[int, ...], spec: Spec) -> Bool[np.ndarray, "y x"]:
    """Pixels of the ego at a pose in the frame of now."""
    assert spec.extent is not None
    ahead, behind, left, right = spec.extent
    rows, cols = np.indices(shape[:2])
    forward = ahead - (rows + 0.5) * (ahead + behind) / shape[0] - pose[0]
    to_left = left - (cols + 0.5) * (left + right) / shape[1] - pose[1]
    cos, sin = np.cos(pose[2]), np.sin(pose[2])
    along, across = forward * cos + to_left * sin, to_left * cos - forward * sin
    return (abs(along) <= LENGTH / 2) & (abs(across) <= WIDTH / 2)


def _seen_from(own: Float[np.ndarray, "3"], poses: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "time 3"]:
    x, y, heading = (poses - own).T
    cos, sin = np.cos(own[2]), np.sin(own[2])
    return np.stack([x * cos + y * sin, y * cos - x * sin, heading], axis=1)


def _legend(entries: Sequence[tuple[str, Colour]], shape: tuple[int, ...]) -> Tile:
    """Colours with their names, as large as a tile."""
    tile = np.empty((shape[0], shape[1], 3), np.uint8)
    tile[:] = palette.PAPER
    for k, (name, colour) in enumerate(entries):
        middle = 40 + 34 * k
        tile[middle - 10 : middle + 10, 12:34] = palette.FRAME
        tile[middle - 9 : middle + 9, 13:33] = colour
        lettering.write(tile, name, size=24, left=44, middle=middle, colour=palette.INK)
    return tile
