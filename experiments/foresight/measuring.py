"""Everything that is measured of one model on held-out situations, as means with intervals over levels."""

from typing import Any

import numpy as np
import torch

from agents.experience import Counterfactuals
from experiments.foresight.moving import flowing, moving, owed, placed
from experiments.foresight.occupied import Measures, occupied
from experiments.foresight.scenes import chunks
from experiments.progress import progress_bar
from experiments.statistics import bootstrap, group_means, ratio
from world_models.model import WorldModel

LOOKED_AT = ("occupancy", "ego", "flow", "cell", "to_go")
"""Heads that are decoded for all branches; `actors` are foreseen in several modes, on their own."""
Means = dict[str, dict[str, float | None]]


@torch.no_grad()
def foresight(model: WorldModel, situations: Counterfactuals, *, progress: bool = True) -> Means:
    """Means and 95 % intervals of all measures that the model has heads for, and its `sensitivity` to actions.

    A recurrent model sees one frame, as all others do.
    """
    model.eval()
    parts: list[Measures] = []
    heads = [head for head in LOOKED_AT if head in model.spec.heads]
    with progress_bar(len(situations), f"foreseeing, {model.name}", unit="situations", shown=progress) as bar:
        for scenes in chunks(situations, model.spec):
            found = model.decode(model.predict(model.encode(scenes.observation), scenes.actions), heads)
            measures = occupied(model, scenes, found) if "occupancy" in heads else {}
            measures |= flowing(scenes, found) if "flow" in heads else {}
            measures |= placed(model, scenes, found) if "cell" in heads else {}
            measures |= owed(scenes, found) if "to_go" in heads else {}
            measures |= moving(model, scenes) if "actors" in model.spec.heads else {}
            parts.append(measures)
            bar.update(len(scenes.levels))
    joined = {name: torch.cat([part[name] for part in parts]).double().numpy() for name in parts[0]}
    return summary(joined, situations.levels)


def summary(values: dict[str, np.ndarray], levels: np.ndarray) -> Means:
    """Means of [scene] arrays by level, nan being no value; `change` and `changed` become their ratio."""
    by_level = {name: group_means(array, levels) for name, array in values.items()}
    found = {name: _written(bootstrap(array)) for name, array in by_level.items() if not name.startswith("change")}
    if "change" in by_level:
        found["sensitivity"] = _written(ratio(by_level["change"], by_level["changed"]))
    return found


def _written(found: Any) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else round(float(value), 6) for name, value in found._asdict().items()}
