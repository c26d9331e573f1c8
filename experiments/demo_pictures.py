"""What the demo shows: a learning curve, the worlds, and a film of the learner."""

from collections.abc import Iterator, Sequence
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

VALIDATION = 500
WORLDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GridNav-v0", {}),
    ("GridMaze-v0", {}),
    ("GridRooms-v0", {}),
    ("GridTerrain-v0", {}),
    ("GridCrowd-v0", {}),
    ("GridRooms-v0", {"view": "egocentric", "radius": 6, "occlusion": True}),
)
INK, MUTED, BLUE, ORANGE = "#1f2937", "#94a3b8", "#2563eb", "#ea580c"


def draw_curve(path: Path, outcomes: Sequence["Outcome"], judged: dict[str, Evaluation]) -> None:
    """Success on validation levels against expert queries, with Wilson intervals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    dagger = next(found for found in outcomes if found.job.agent == "dagger")
    cloned = sorted((found.job.labels, found.success) for found in outcomes if found.job.agent == "behavior-cloning")
    trials = dagger.job.config.get("validation_levels", VALIDATION)
    _line(axes, [(entry["queries"], entry["success"]) for entry in dagger.history], trials, BLUE, "DAgger, per round")
    _line(axes, cloned, VALIDATION, ORANGE, "behaviour cloning, one run each")
    chance = judged["random"].summary["success"].mean
    for name, height in (("oracle", 1.0), ("random", chance)):
        axes.axhline(height, color=MUTED, lw=1, ls=":")
        axes.annotate(name, (1.0, height), (-4, -3), **_label(), va="top")  # type: ignore[arg-type]
    axes.set(xlabel="expert queries", ylabel="success on validation levels", xscale="log", ylim=(0.0, 1.02))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xticks(sorted({labels for labels, _ in cloned}))
    axes.set_title("How many labels does it take?", loc="left", color=INK, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(path)


def _line(axes: Any, points: Sequence[tuple[int, float]], trials: int, colour: str, name: str) -> None:
    queries, success = np.array(points, float).T
    intervals = [wilson(round(value * trials), trials) for value in success]
    low, high = np.array([(found.low, found.high) for found in intervals]).T
    axes.fill_between(queries, low, high, color=colour, alpha=0.15, lw=0)
    axes.plot(queries, success, color=colour, marker="o", ms=4, label=name)


def _label() -> dict[str, Any]:
    return {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "color": MUTED, "ha": "right"}


def draw_worlds(path: Path, steps: int = 9) -> None:
    """All kinds of worlds on one sheet, a few of the oracle's steps into an episode."""
    from envs.core.drawing.sheet import contact_sheet

    frames = [_glimpse(name, arguments, steps) for name, arguments in WORLDS]
    write_video(path, [contact_sheet(frames, columns=3)])


def _glimpse(name: str, arguments: dict[str, Any], steps: int) -> Frame:
    """A frame of one of the longer episodes."""
    import agents

    env = make_env(name, arguments, render_mode="rgb_array")
    oracle = agents.make("oracle", env)
    (level,) = longest_levels(env, 1)
    frames = list(episode_frames(oracle, env, level, explain=False))
    return frames[min(steps, len(frames) // 2)]


def film_agent(path: Path, agent: Agent, worlds: Sequence[tuple[str, dict[str, Any]]], episodes: int = 4) -> None:
    """Some of the longer episodes in each world, with what the agent thinks."""

    def frames() -> Iterator[Frame]:
        for name, arguments in worlds:
            env = make_env(name, arguments, render_mode="rgb_array")
            yield from film(agent, env, longest_levels(env, episodes), hold=7)

    write_video(path, frames(), fps=10)


def longest_levels(env: Any, count: int, among: int = 60) -> list[int]:
    """The levels with the costliest shortest paths among the first of the test split."""
    costs = {}
    for level in split_levels(env, "test", among):
        env.reset(seed=0, options={"level": level})
        costs[level] = env.unwrapped.optimal_cost()
    return sorted(costs, key=lambda level: -costs[level])[:count]
