"""Realism of simulated traffic: how likely the recorded motion is under the simulated one.

After the Waymo Open Sim Agents Challenge (Montali et al., NeurIPS 2023; weights of 2025), with simpler features.
Several rollouts of the same scene are reduced to features (`envs.driving.realism_features`); each actor's values, of
all rollouts and times together, make a histogram with a pseudocount of 0.1 per bin. The likelihood of a feature is the
geometric mean, over actors and times, of the probability of the bin in which the recorded value lies (values beyond the
range count to the outermost bins). Features that happen or not (`bins == 2`) have one value per actor and rollout.
`realism` is the weighted mean; features that nothing is known of leave it and the other weights are scaled up.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from envs.driving.realism_features import Motion, features

PSEUDOCOUNT = 0.1


class Feature(NamedTuple):
    """Range and number of the bins of a feature's histogram, and its weight in the whole."""

    low: float
    high: float
    bins: int
    weight: float


FEATURES = {
    "linear_speed": Feature(0.0, 25.0, 10, 0.05),
    "linear_acceleration": Feature(-12.0, 12.0, 11, 0.05),
    "angular_speed": Feature(-0.628, 0.628, 11, 0.05),
    "angular_acceleration": Feature(-3.14, 3.14, 11, 0.05),
    "nearest_distance": Feature(-5.0, 40.0, 10, 0.10),
    "collision": Feature(0.0, 1.0, 2, 0.25),
    "time_to_collision": Feature(0.0, 5.0, 10, 0.10),
    "edge_distance": Feature(-20.0, 40.0, 10, 0.05),
    "off_road": Feature(0.0, 1.0, 2, 0.25),
    "light_violation": Feature(0.0, 1.0, 2, 0.05),
}


def realism(logged: Motion, rollouts: Motion) -> dict[str, float]:
    """The likelihood of each feature known of both, and of the whole as `realism`; all in [0, 1].

    `logged` is what happened (poses [time actor 3]), `rollouts` what was simulated (poses [rollout time actor 3]) of
    the same actors over the same times.
    """
    if logged.poses.shape != rollouts.poses.shape[1:]:
        raise ValueError(
            f"rollouts must repeat the log's times and actors: expected poses [rollout, "
            f"{', '.join(map(str, logged.poses.shape))}], got {list(rollouts.poses.shape)}"
        )
    happened, simulated = features(logged), features(rollouts)
    known = [name for name in FEATURES if name in happened and name in simulated]
    scores = {name: likelihood(FEATURES[name], happened[name], simulated[name]) for name in known}
    weights = {name: FEATURES[name].weight for name in known if not np.isnan(scores[name])}
    total = sum(weights.values())
    whole = sum(weight * scores[name] for name, weight in weights.items()) / total if total else float("nan")
    return {**scores, "realism": whole}


def likelihood(
    feature: Feature, logged: Float64[np.ndarray, "*time actor"], simulated: Float64[np.ndarray, "rollout *time actor"]
) -> float:
    """Geometric mean of the probabilities of the logged values, each under its actor's histogram; nan is no value.

    Those of an actor that no rollout has a value for are left out; without any value at all the result is nan.
    """
    chances = []
    for actor in range(logged.shape[-1]):
        values, samples = logged[..., actor].ravel(), simulated[..., actor].ravel()
        values, samples = values[~np.isnan(values)], samples[~np.isnan(samples)]
        if len(values) and len(samples):
            chances.append(histogram(feature, samples)[bin_of(feature, values)])
    return float(np.exp(np.mean(np.log(np.concatenate(chances))))) if chances else float("nan")


def histogram(feature: Feature, samples: Float64[np.ndarray, " sample"]) -> Float64[np.ndarray, " bin"]:
    """Probability of each bin."""
    counts = np.bincount(bin_of(feature, samples), minlength=feature.bins) + PSEUDOCOUNT
    return counts / counts.sum()


def bin_of(feature: Feature, values: Float64[np.ndarray, " value"]) -> np.ndarray:
    """The bin that each value lies in, or the outermost on its side."""
    place = np.floor((values - feature.low) / (feature.high - feature.low) * feature.bins)
    return np.clip(place, 0, feature.bins - 1).astype(np.int64)
