"""Measure forecasts of occupancy: soft-IoU and area under precision-recall at 1, 2 and 3 s, on held-out levels.

  crossroads forecasts
  crossroads forecasts --checkpoint runs/max-margin runs/social --json results/forecasts.json
  crossroads forecasts --place Merge-v0 --scenes 200 --seconds 0.5 4

For every agent that can say where the others will be (`forecast`; the social planner's beliefs about the nearest ones
too), beside the others going on at constant velocity, and standing still. The oracle drives; scenes are a second apart.
The measures are those of occupancy flow fields (Mahjourian et al., 2022) as `world_models.forecasts` defines them, over
the ego's whole view, without the ego. A scene counts where somebody of the kind is in view then; intervals are over
levels, whose scenes are averaged first.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import agents
from agents.planning.collecting import collect_futures
from agents.planning.futures import FutureBatch, Futures
from agents.planning.occupancy_labels import future_occupancy_labels
from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from envs.driving.future import FUTURE_CHANNELS
from experiments.bench import hardware
from experiments.contenders import checkpoint_file
from experiments.environments import make_env, on_split
from experiments.forecast_tables import table_of
from experiments.forecasters import YARDSTICKS, Forecaster, learned
from experiments.progress import progress_bar
from experiments.statistics import Interval, bootstrap, group_means, paired_difference
from experiments.tables import table
from world_models.forecasts import precision_recall_area, soft_iou

PLACES = ("Intersection-v0", "Merge-v0", "Roundabout-v0")
OBSERVED = ("occupancy", "ego", "route", "actors")
MEASURES = {"soft_iou": soft_iou, "auc": precision_recall_area}
RIVAL = "constant-velocity"
"""Whom learned forecasts are compared with, scene by scene."""
BATCH = 32


@dataclass(frozen=True)
class Args:
    """Whose forecasts, of what."""

    checkpoint: tuple[Path, ...] = ()
    """Trained agents that forecast: files, or folders of `crossroads train`."""
    place: tuple[str, ...] = PLACES
    """Families of roads."""
    scenes: int = 600
    """Scenes of each family."""
    seconds: tuple[float, ...] = (1.0, 2.0, 3.0)
    """How far ahead [s]: multiples of the environment's `trajectory_dt`."""
    seed: int = 0
    """Of the levels and of what happens there."""
    json: Path | None = None
    """Write all means and intervals here."""


Scores = dict[str, np.ndarray]
"""``measure/kind/seconds`` -> value of each scene; nan where it has none."""


def main(args: Args) -> None:
    """Forecast, and print the table."""
    results: dict[str, Any] = {"hardware": hardware(), "arguments": _plain(args), "places": {}}
    for name in args.place:
        check_known("place", name, PLACES)
    for name in args.place:
        results["places"][name] = measure(args, name)
        if args.json is not None:
            args.json.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(args.json, (json.dumps(results, indent=1, allow_nan=False) + "\n").encode())
    heads, rows = table_of(results)
    print(table(rows, align="<<<" + ">" * (len(heads) - 3), header=heads))
    if args.json is not None:
        print(f"\nwritten: {args.json}")


def measure(args: Args, name: str) -> dict[str, Any]:
    """Everybody's means on one family of roads, and how learned forecasts differ from constant velocity."""
    env = make_env(name, {"observe": OBSERVED, "action": "trajectory"})
    config = env.unwrapped.config  # type: ignore[attr-defined]
    steps = _steps(args.seconds, config.trajectory_dt)
    forecasters: dict[str, Forecaster] = dict(YARDSTICKS)
    for path in args.checkpoint:
        agent = agents.load(checkpoint_file(path), env)
        label = agent.name if agent.name not in forecasters else f"{agent.name} {path.stem}"
        forecasters |= {f"{label}{suffix}": forecast for suffix, forecast in learned(agent).items()}
    worlds = on_split(env, "test")
    futures = collect_futures(worlds, count=args.scenes, seed=args.seed, every=10, steps=max(steps), noise=None)
    scores = score(futures, forecasters, config, steps)
    levels = futures.levels
    found = {label: {key: _mean(values, levels) for key, values in own.items()} for label, own in scores.items()}
    rivals = {label: own for label, own in scores.items() if label not in YARDSTICKS}
    differences = {
        label: {key: _difference(values, scores[RIVAL][key], levels) for key, values in own.items()}
        for label, own in rivals.items()
    }
    counted = {"scenes": len(futures), "levels": len(np.unique(levels))}
    return {**counted, "forecasts": found, f"difference_from_{RIVAL}": differences}


def score(
    futures: Futures, forecasters: dict[str, Forecaster], config: Any, steps: tuple[int, ...]
) -> dict[str, Scores]:
    """Every forecaster's measures on every scene."""
    parts: dict[str, list[Scores]] = {label: [] for label in forecasters}
    with progress_bar(len(futures), "forecasting", unit="scenes") as bar:
        for first in range(0, len(futures), BATCH):
            batch = futures.take(np.arange(first, min(first + BATCH, len(futures))))
            truth = future_occupancy_labels(batch, extent=config.extent, resolution=config.resolution).numpy() > 0
            for label, forecast in forecasters.items():
                parts[label].append(_measures(forecast(batch, config), truth, batch, config, steps))
            bar.update(len(truth))
    return {label: {key: np.concatenate([part[key] for part in own]) for key in own[0]} for label, own in parts.items()}


def _measures(
    forecast: np.ndarray, truth: np.ndarray, batch: FutureBatch, config: Any, steps: tuple[int, ...]
) -> Scores:
    if forecast.shape[1] < max(steps) or forecast.shape[2:] != truth.shape[2:]:
        raise ValueError(f"Expected a forecast of shape {truth.shape}, got {forecast.shape}.")
    found: Scores = {}
    for step in steps:
        is_over = ~batch.expert_known[:, step - 1].numpy()
        for k, kind in enumerate(FUTURE_CHANNELS):
            said, happened = (array[:, step - 1, k].reshape(len(array), -1) for array in (forecast, truth))
            for name, measured in MEASURES.items():
                values = np.where(is_over, np.nan, measured(said.astype(np.float64), happened))
                found[f"{name}/{kind}/{step * config.trajectory_dt:g}"] = values
    return found


def _steps(seconds: tuple[float, ...], dt: float) -> tuple[int, ...]:
    steps = tuple(round(second / dt) for second in seconds)
    for second, step in zip(seconds, steps, strict=True):
        if step < 1 or abs(step * dt - second) > 1e-9:
            raise ValueError(f"--seconds: expected multiples of {dt:g}, got {second:g}.")
    return steps


def _mean(values: np.ndarray, levels: np.ndarray) -> dict[str, float | None]:
    return _written(bootstrap(group_means(values, levels)))


def _difference(values: np.ndarray, others: np.ndarray, levels: np.ndarray) -> dict[str, float | None]:
    return _written(paired_difference(group_means(values, levels), group_means(others, levels)))


def _written(found: Interval) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else value for name, value in found._asdict().items()}


def _plain(args: Args) -> dict[str, Any]:
    shown = asdict(args)
    return {**shown, "checkpoint": [str(path) for path in args.checkpoint], "json": None}
