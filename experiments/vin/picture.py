"""The figure of the study: failures against the share of the data, and success against the length of the way."""

from pathlib import Path
from typing import Any

from experiments.comparison.pictures import COLOURS, INK, MARKERS, MUTED
from experiments.vin.tables import PUBLISHED

Results = dict[str, Any]
KIND_COLOURS = dict(zip(("ours", "tied", "untied", "reactive"), COLOURS, strict=False))
LEAST = 1e-4
"""Failures below this are drawn here: the axis is logarithmic."""


def draw_study(path: Path, results: Results) -> None:
    """PNG, SVG or PDF by the suffix; nothing where no run is finished."""
    if not results["rows"]:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    path.parent.mkdir(parents=True, exist_ok=True)
    has_places = bool(results["zero_shot"])
    figure = Figure(figsize=(11.5 if has_places else 6.5, 4.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(1, 2 if has_places else 1, squeeze=False).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    _draw_shares(panels[0], results)
    if has_places:
        _draw_lengths(panels[1], results)
    figure.savefig(path)


def _draw_shares(axes: Any, results: Results) -> None:
    kinds = list(dict.fromkeys(found["kind"] for found in results["rows"]))
    for kind in kinds:
        rows = [found for found in results["rows"] if found["kind"] == kind]
        shares = [100 * found["share"] for found in rows]
        success = [found["tasks"]["generated"]["success"] for found in rows]
        failures = [max(LEAST, 1 - one["mean"]) for one in success]
        ends = [(max(LEAST, 1 - one["interval"][1]), max(LEAST, 1 - one["interval"][0])) for one in success]
        spread = [
            [max(0.0, at - low) for at, (low, _) in zip(failures, ends, strict=True)],
            [max(0.0, high - at) for at, (_, high) in zip(failures, ends, strict=True)],
        ]
        colour = KIND_COLOURS[kind]
        axes.errorbar(shares, failures, yerr=spread, color=colour, marker="o", ms=4.5, lw=1.6, label=rows[0]["label"])
        known = {share: value for (name, share), value in PUBLISHED.items() if name == kind}
        if not known:
            continue
        axes.plot([100 * share for share in known], [1 - value / 100 for value in known.values()], color=colour,
                  marker="x", ls=":", lw=1.0, alpha=0.7, label=f"{rows[0]['label']}, published")  # fmt: skip
    axes.set_xticks([20, 50, 100])
    axes.axhline(1e-3, color=MUTED, lw=0.8, ls=":")
    axes.set(xlabel="share of the training data [%]", ylabel="failures on 16x16", yscale="log", ylim=(LEAST / 1.5, 1))
    axes.set_title(f"{results['levels']:,} fresh levels", loc="left", color=INK, fontsize=10)
    axes.legend(frameon=False, fontsize=7)


def _draw_lengths(axes: Any, results: Results) -> None:
    places = list(dict.fromkeys(found["name"] for found in results["zero_shot"]))
    for found in results["zero_shot"]:
        if found["depth"] == "scaled":  # of VIN, the deeper one
            continue
        colour, marker = KIND_COLOURS[found["kind"]], MARKERS[places.index(found["name"]) % len(MARKERS)]
        middles = [(part["low"] * (part["high"] - 1)) ** 0.5 for part in found["by_length"]]
        success = [part["success"]["mean"] for part in found["by_length"]]
        axes.plot(middles, success, color=colour, marker=marker, ms=4.5, lw=1.2,
                  label=f"{found['label']}: {found['name']}")  # fmt: skip
    axes.set(xlabel="moves of the expert", ylabel="success", xscale="log", ylim=(-0.02, 1.04))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title("Trained at 16x16, elsewhere", loc="left", color=INK, fontsize=10)
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
