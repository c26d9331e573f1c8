"""What the demo shows: a learning curve, the worlds, and a film of the learner."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.agent import Agent
from envs.core.video import write_video
from experiments.environments import make_env, split_levels
from experiments.evaluation import Evaluation
from experiments.render import Frame, episode_frames, film
from experiments.statistics import wilson

if TYPE_CHECKING:
    from experiments.demo_training import Outcome

Worlds = tuple[tuple[str, dict[str, Any]], ...]
ROAD_WORLDS: Worlds = (
    ("Intersection-v0", {}),
    ("Roundabout-v0", {}),
    ("Town-v0", {}),
    ("Highway-v0", {}),
    ("Merge-v0", {}),
    ("Intersection-v0", {"control": "signals", "lanes": 3}),
)
GRID_WORLDS: Worlds = (
    ("GridNav-v0", {}),
    ("GridMaze-v0", {}),
    ("GridRooms-v0", {}),
    ("GridTerrain-v0", {}),
    ("GridCrowd-v0", {}),
    ("GridRooms-v0", {"view": "egocentric", "radius": 6, "occlusion": True}),
)
FILM = (720, 720)
"""Height and width of the film [px]."""
INK, MUTED, BLUE, ORANGE = "#1f2937", "#94a3b8", "#2563eb", "#ea580c"


def draw_curves(
    path: Path, outcomes: Sequence["Outcome"], judged: dict[str, dict[str, Evaluation]], *, trials: int
) -> None:
    """On validation levels against expert queries: the score on intersections, success on generated grids."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.4, 4.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    roads, grids = figure.subplots(1, 2)
    _draw_curve(roads, outcomes, "Intersection-v0", "score", trials)
    _draw_curve(grids, outcomes, "GridNav-v0", "success", trials)
    for axes, title, names, metric in (
        (roads, "intersections", ("oracle", "idm", "constant-velocity"), "score"),
        (grids, "generated levels", ("oracle", "random"), "success"),
    ):
        for name in names:
            height = judged[title][name].summary[metric].mean
            axes.axhline(height, color=MUTED, lw=1, ls=":")
            # above its line, where neither the learners' curves nor the axis lie
            axes.annotate(name, (1.0, height), (-4, 2), **_label(), va="bottom")  # type: ignore[arg-type]
    figure.suptitle("How many labels does it take?", x=0.01, ha="left", color=INK, fontweight="bold")
    # above the panels, in which curves may lie anywhere
    figure.legend(*roads.get_legend_handles_labels(), frameon=False, loc="outside upper right", ncols=2)
    figure.savefig(path)


def _draw_curve(axes: Any, outcomes: Sequence["Outcome"], env: str, metric: str, trials: int) -> None:
    runs = [found for found in outcomes if found.job.env == env]
    dagger = next(found for found in runs if found.job.agent == "dagger")
    cloned = sorted((found.job.labels, getattr(found, metric)) for found in runs if found.job.agent != "dagger")
    tried = dagger.job.config.get("validation_levels", trials)
    if metric != "success":  # Wilson's intervals are for shares
        trials = tried = 0
    _line(axes, [(entry["queries"], entry[metric]) for entry in dagger.history], tried, BLUE, "DAgger, per round")
    _line(axes, cloned, trials, ORANGE, "behaviour cloning, one run each")
    axes.set(xlabel="expert queries", ylabel=f"{metric} on {env}", xscale="log", ylim=(0.0, 1.08))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xticks(sorted({dagger.history[0]["queries"], *(labels for labels, _ in cloned)}))
    axes.spines[["top", "right"]].set_visible(False)


def _line(axes: Any, points: Sequence[tuple[int, float]], trials: int, colour: str, name: str) -> None:
    queries, values = np.array(points, float).T
    if trials:
        intervals = [wilson(round(value * trials), trials) for value in values]
        low, high = np.array([(found.low, found.high) for found in intervals]).T
        axes.fill_between(queries, low, high, color=colour, alpha=0.15, lw=0)
    axes.plot(queries, values, color=colour, marker="o", ms=4, label=name)


def _label() -> dict[str, Any]:
    return {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "color": MUTED, "ha": "right"}


def draw_worlds(path: Path, worlds: Worlds, steps: int = 9) -> None:
    """Kinds of worlds on one sheet, some of the oracle's steps into an episode."""
    from envs.core.drawing.sheet import contact_sheet

    frames = [_glimpse(name, arguments, steps) for name, arguments in worlds]
    write_video(path, [contact_sheet(frames, columns=3)])


def _glimpse(name: str, arguments: dict[str, Any], steps: int) -> Frame:
    """A frame of one of the longer episodes."""
    import agents

    env = make_env(name, arguments, render_mode="rgb_array")
    oracle = agents.make("oracle", env)
    (level,) = longest_levels(env, 1)
    frames = list(islice(episode_frames(oracle, env, level, explain=False), 2 * steps + 1))
    return frames[min(steps, len(frames) // 2)]


def film_agents(path: Path, casts: Sequence[tuple[Agent, Sequence[tuple[str, dict[str, Any]]]]]) -> None:
    """Each agent in some of the longer episodes of its worlds, with what it thinks."""

    def frames() -> Iterator[Frame]:
        for agent, worlds in casts:
            for name, arguments in worlds:
                env = make_env(name, arguments, render_mode="rgb_array")
                for frame in film(agent, env, longest_levels(env, 4), hold=7):
                    yield contain(frame, FILM)

    write_video(path, frames(), fps=10)


def contain(frame: Frame, size: tuple[int, int]) -> Frame:
    """A frame in the middle of one of `size` (height, width), on the colour of its corner; larger ones are cut."""
    height, width = (min(have, want) for have, want in zip(frame.shape[:2], size, strict=True))
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = frame[0, 0]
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    canvas[top : top + height, left : left + width] = frame[:height, :width]
    return canvas


def longest_levels(env: Any, count: int, among: int = 60) -> list[int]:
    """On grids, the levels with the costliest shortest paths among the first of the test split; on roads, the first."""
    if not hasattr(env.unwrapped, "optimal_cost"):
        return split_levels(env, "test", count)
    costs = {}
    for level in split_levels(env, "test", among):
        env.reset(seed=0, options={"level": level})
        costs[level] = env.unwrapped.optimal_cost()
    return sorted(costs, key=lambda level: -costs[level])[:count]
