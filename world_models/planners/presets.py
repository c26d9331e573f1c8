"""Planners as others set them, by name."""

from envs.core.naming import check_known
from world_models.planners.cem import CEM
from world_models.planners.gradient import GradientDescent
from world_models.planners.mppi import MPPI

PLAIN = {"kept": 0, "momentum": 0.0, "colour": 0.0}

PRESETS: dict[str, CEM | MPPI | GradientDescent] = {
    "cpu": CEM(),
    "dino-wm": CEM(candidates=300, horizon=5, iterations=30, elites=30, spread=1.0, answer="mean", **PLAIN),
    "jepa-wms": CEM(candidates=300, horizon=6, iterations=30, elites=10, spread=1.0, answer="mean", **PLAIN),
    "tdmpc2": MPPI(
        candidates=512, horizon=3, iterations=6, elites=64, temperature=2.0, spread=2.0, answer="drawn", **PLAIN
    ),
    "dino-wm-gradient": GradientDescent(restarts=1, horizon=5, iterations=1000, learning_rate=1.0, noise=0.003),
}
"""`dino-wm`: Zhou et al., *DINO-WM: World models on pre-trained visual features enable zero-shot planning* (2024).
`jepa-wms`: Terver et al., *What drives success in physical planning with joint-embedding predictive world models?*
(2025). `tdmpc2`: Hansen et al., *TD-MPC2: Scalable, robust world models for continuous control* (ICLR 2024), whose
`temperature` of 0.5 multiplies values: 2 here; its 24 proposals come from a policy, and are handed in. DINO-WM descends
by plain SGD, here it is Adam."""


def preset(name: str) -> CEM | MPPI | GradientDescent:
    """A planner of the table; ``dataclasses.replace`` changes it.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    check_known("preset", name, PRESETS)
    return PRESETS[name]
