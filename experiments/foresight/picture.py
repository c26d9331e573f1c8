"""How foresight fades with the horizon: one panel for each place and measure."""

from pathlib import Path
from typing import Any

from experiments.comparison.pictures import colours_of

ROAD_CURVES = {"soft-IoU, vehicles": "soft_iou/vehicles/{}", "AUC, vehicles": "auc/vehicles/{}"}
GRID_CURVES = {"probability of the true place": "place/{}"}


def draw_models(path: Path, results: dict[str, Any]) -> None:
    """Curves with their intervals; writes .png, .svg or .pdf."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = [(name, place, curve) for name, place in results["places"].items() for curve in _curves(place).items()]
    labels = list(dict.fromkeys(label for _, place, _ in panels for label in place["foresight"]))
    colours = colours_of(labels)
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4.2 * columns, 3.2 * rows), squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (name, place, (title, key)) in zip(axes.flat, panels, strict=False):
        for label, means in place["foresight"].items():
            _draw_curve(axis, means, key, label, colours[label], place["step_seconds"])
        axis.set_title(f"{name}: {title}", fontsize=10)
        axis.set_xlabel("steps ahead" if place["step_seconds"] == 1 else "seconds ahead")
        axis.set_ylim(0.0, 1.02)
        axis.grid(alpha=0.25)
    handles = {label: line for axis in axes.flat for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=min(5, len(handles)), frameon=False)
    figure.tight_layout(rect=(0.0, 0.3 / (3.2 * rows), 1.0, 1.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _curves(place: dict[str, Any]) -> dict[str, str]:
    is_road = any("soft_iou/vehicles/1" in means for means in place["foresight"].values())
    return ROAD_CURVES if is_road else GRID_CURVES


def _draw_curve(axis: Any, means: dict, key: str, label: str, colour: Any, seconds: float) -> None:
    steps = [t for t in range(1, 100) if means.get(key.format(t), {}).get("mean") is not None]
    if not steps:
        return
    found = [means[key.format(t)] for t in steps]
    times = [t * seconds for t in steps]
    low, high = ([value[name] for value in found] for name in ("low", "high"))
    shown, marker = colour
    axis.plot(times, [value["mean"] for value in found], color=shown, marker=marker, markersize=4, label=label)
    axis.fill_between(times, low, high, color=shown, alpha=0.12, linewidth=0)


def draw_efforts(path: Path, results: dict[str, Any], metric: str = "score") -> None:
    """What time buys: a panel for each place, milliseconds of a decision against the metric."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    places = {name: place["efforts"] for name, place in results["places"].items() if place.get("efforts")}
    colours = colours_of(list(dict.fromkeys(label for found in places.values() for label in found)))
    figure, axes = pyplot.subplots(1, len(places), figsize=(4.6 * len(places), 3.6), squeeze=False)
    for axis, (name, found) in zip(axes.flat, places.items(), strict=True):
        for label, efforts in found.items():
            shown, marker = colours[label]
            times, means = [e["milliseconds"]["cpu_p50"] for e in efforts], [e[metric]["mean"] for e in efforts]
            low, high = ([e[metric][end] for e in efforts] for end in ("low", "high"))
            axis.plot(times, means, color=shown, marker=marker, markersize=4, label=label)
            axis.fill_between(times, low, high, color=shown, alpha=0.12, linewidth=0)
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("ms of one core per decision (median)")
        axis.set_ylabel(f"{metric}, held-out levels")
        axis.set_ylim(0.0, 1.02)
        axis.grid(alpha=0.25)
        axis.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
