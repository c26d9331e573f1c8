"""Towns: blocks between streets of uneven length, junctions of every kind, ways in and out on all sides."""

import numpy as np

from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.intersection import KMH
from envs.driving.roads.street import add_street
from envs.driving.roads.town_junctions import draw_shapes, join_streets
from envs.driving.roads.town_plan import TownPlan, draw_plan
from envs.driving.roads.town_routes import Turn, town_routes
from envs.driving.roads.town_streets import Layout, draw_headings, ends_at, middle_of

MAX_ROUTES = 10


def build(rng: np.random.Generator, *, demand: float | None = None) -> Network:
    """A town of about 350 x 350 m; `demand` in [0, 1], None: drawn from `rng`."""
    plan = draw_plan(rng)
    headings = draw_headings(rng, plan)
    layout = Layout(plan, headings, ends_at(plan, headings), _draw_limits(rng, plan), float(rng.uniform(3.2, 3.6)))
    shapes = draw_shapes(rng, layout)
    builder = NetworkBuilder()
    streets = [
        add_street(
            builder,
            middle_of(rng, layout, shapes, k),
            lanes=street.lanes,
            width=layout.width,
            limit=layout.limits[k],
        )
        for k, street in enumerate(plan.streets)
    ]
    turns: list[Turn] = []
    for number, (node, shape) in enumerate(shapes.items()):
        turns += join_streets(rng, builder, shape, number=number, ends=layout.ends[node], streets=streets)
    outer = [k for k, street in enumerate(plan.streets) if plan.is_border(street.nodes[-1])]
    for k in outer:
        for lane in streets[k].backward:
            builder.add_entry(lane)
    for route in town_routes(rng, builder, streets, turns=turns, outer=outer)[:MAX_ROUTES]:
        builder.add_route(route)
    return builder.finish(
        f"town, {len(shapes)} junctions",
        float(rng.uniform(0.4, 1.0)) if demand is None else demand,
        int(rng.integers(3, 11)),
    )


def _draw_limits(rng: np.random.Generator, plan: TownPlan) -> list[float]:
    """A speed limit for every street, the wide ones being the fastest [m/s]."""
    fast = float(rng.choice((50.0, 60.0)))
    return [(fast if street.lanes > 1 else float(rng.choice((30.0, 40.0, 50.0)))) * KMH for street in plan.streets]
