"""How good forecasts of occupancy are: soft intersection over union, and the area under precision against recall.

Definitions of Mahjourian, Kim, Chai, Tan, Sapp and Anguelov, *Occupancy flow fields for motion forecasting in
autonomous driving* (RA-L 2022), section IV, as the Waymo open challenge of that year computes them: scene by scene, at
one time. Where nothing is truly occupied both are nan, as neither means anything; the challenge counts such scenes 0.
"""

import numpy as np
from jaxtyping import Bool, Float, Float64

THRESHOLDS = 100
"""Of the curve, equally spaced from 0 to 1."""


def soft_iou(
    probability: Float[np.ndarray, "scene cell"], truth: Bool[np.ndarray, "scene cell"]
) -> Float64[np.ndarray, " scene"]:
    """sum(p t) / sum(p + t - p t) over cells: the intersection over union, if p is 0 or 1 everywhere."""
    probability = probability.astype(np.float64)
    both = (probability * truth).sum(axis=1)
    either = probability.sum(axis=1) + truth.sum(axis=1) - both
    return np.where(truth.any(axis=1), both / np.maximum(either, 1e-300), np.nan)


def precision_recall_area(
    probability: Float[np.ndarray, "scene cell"],
    truth: Bool[np.ndarray, "scene cell"],
    *,
    thresholds: int = THRESHOLDS,
) -> Float64[np.ndarray, " scene"]:
    """Area under precision against recall, of cells called occupied where their probability exceeds a threshold.

    The first threshold is just below 0 and the last just above 1, so the curve runs from all cells to none. Between two
    of them true positives grow linearly with the cells called occupied, which bends precision (Davis and Goadrich,
    *The relationship between precision-recall and ROC curves*, ICML 2006): with P cells called occupied, T of
    them truly, from (P0, T0) to (P1, T1) at slope m, the area is  m [T1 - T0 + (T0 - m P0) log(P1 / P0)] / occupied,
    and  m (T1 - T0) / occupied  from P0 = 0 on.

    Raises:
        ValueError: probabilities outside [0, 1], or fewer than two thresholds.
    """
    called, hit = threshold_counts(probability, truth, thresholds=thresholds)
    gain, width = hit[:, :-1] - hit[:, 1:], called[:, :-1] - called[:, 1:]
    slope = np.divide(gain, width, out=np.zeros_like(gain), where=width > 0)
    intercept = hit[:, 1:] - slope * called[:, 1:]
    ratio = np.divide(called[:, :-1], called[:, 1:], out=np.ones_like(called[:, 1:]), where=called[:, 1:] > 0)
    area = (slope * (gain + intercept * np.log(ratio))).sum(axis=1)
    occupied = truth.sum(axis=1)
    return np.where(occupied > 0, area / np.maximum(occupied, 1), np.nan)


def threshold_counts(
    probability: Float[np.ndarray, "scene cell"], truth: Bool[np.ndarray, "scene cell"], *, thresholds: int
) -> tuple[Float64[np.ndarray, "scene threshold"], Float64[np.ndarray, "scene threshold"]]:
    """Cells above each threshold, and how many of them are truly occupied."""
    if thresholds < 2:
        raise ValueError(f"thresholds: expected at least 2, got {thresholds}.")
    if not (probability.min(initial=0.0) >= 0.0 and probability.max(initial=0.0) <= 1.0):
        raise ValueError(
            f"Expected probabilities in [0, 1], got {float(probability.min()):g} to {float(probability.max()):g}."
        )
    levels = np.linspace(0.0, 1.0, thresholds)
    levels[0], levels[-1] = -1.0, 2.0
    scenes = len(probability)
    exceeded = np.searchsorted(levels, probability, side="left")  # so many thresholds lie below
    place = (np.arange(scenes)[:, None] * (thresholds + 1) + exceeded).ravel()
    size, shape = scenes * (thresholds + 1), (scenes, thresholds + 1)
    counts = [np.bincount(place, weights=weights, minlength=size).reshape(shape) for weights in (None, truth.ravel())]
    called, hit = (count[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:].astype(np.float64) for count in counts)
    return called, hit
