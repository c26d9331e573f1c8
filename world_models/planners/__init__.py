"""Search for the actions that a world model foresees to cost least.

planner = planners.make("cem", horizon=8)
plan = planner.plan(model, model.encode(observation), default_cost(model.spec), draws=draws)
"""

from typing import Any

PLANNERS: dict[str, str] = {
    "cem": "world_models.planners.cem:CEM",
    "mppi": "world_models.planners.mppi:MPPI",
    "gradient": "world_models.planners.gradient:GradientDescent",
}
"""Name -> ``"module:Class"``; nothing is imported before a planner is made."""


def make(name: str, **config: Any) -> Any:
    """A planner by name, e.g. ``make("mppi", temperature=0.5)``.

    Raises:
        ValueError: unknown name, with the nearest known one.
        TypeError: unknown setting.
    """
    from envs.core.naming import check_known, load_entry

    check_known("planner", name, PLANNERS)
    return load_entry(PLANNERS[name])(**config)
