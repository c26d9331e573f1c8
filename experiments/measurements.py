"""What `crossroads bench` measures, and the targets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gymnasium

from envs.core.naming import load_entry
from envs.kernels.road_views import draw_grounds
from experiments import control_rates, mpc_rates
from experiments.compilation_times import GRID_KERNELS, ROAD_KERNELS, cold_seconds, start_seconds
from experiments.decision_rates import head_milliseconds, one_pass, sampler_gain, whole_gain
from experiments.raster_rates import view_gain, view_rate
from experiments.rates import Once, batch_rate, oracle_rate, parallel_rate, single_rate, thread_gain
from experiments.resident_memory import resident_mebibytes
from experiments.sampler_rates import THOUSAND, sampler_milliseconds

NAV = "crossroads/GridNav-v0"
CROWD = "crossroads/GridCrowd-v0"
ROAD = "crossroads/Intersection-v0"
TOWN = "crossroads/Town-v0"
LASTING: dict[str, Any] = {"on_collision": "ignore", "on_off_road": "ignore"}
"""Random actions leave the road at once: episodes that go on all the same measure driving, not resets."""
SEEING: dict[str, Any] = {**LASTING, "observe": ("occupancy",), "demand": 1.0}
FEELING: dict[str, Any] = {**LASTING, "observe": ("ego", "route", "actors"), "num_actors": 16}
RATE = "steps/s"


@dataclass(frozen=True)
class Effort:
    """How often, and how long [s] each time; `cold` compiles everything from scratch too."""

    repeats: int
    seconds: float
    cold: bool


@dataclass(frozen=True)
class Measurement:
    """A row to be: `prepare` makes what is measured and returns the function that measures it once."""

    name: str
    unit: str
    prepare: Callable[[], Once]
    target: str = ""
    is_long: bool = False


def decisions() -> list[Measurement]:
    """What policies over chunks cost beyond their encoder: one row, one thread."""
    ddim = partial(sampler_gain, "diffusion", "ddim", one_pass, steps=10)
    flow = partial(sampler_gain, "flow", "euler", one_pass, steps=2)
    free = ("implicit-policy", {"sampler": "derivative-free", "horizon": 1, "execute": 1})
    plain = ("explicit-policy", {"horizon": 1, "execute": 1})
    return [
        Measurement("Decision of an explicit head, one row", "ms", partial(head_milliseconds, "explicit"), "<= 1"),
        Measurement("  DDIM in 10 steps over one pass", "times", ddim, "<= 11"),
        Measurement("  flow in 2 steps over one pass", "times", flow, "<= 2.2"),
        Measurement(
            "  derivative-free over explicit, encoder included", "times", partial(whole_gain, free, plain), "<= 3"
        ),
    ]


def candidates() -> list[Measurement]:
    """What the planners' trajectory sampler costs: one vehicle, one thread."""
    thousand = partial(sampler_milliseconds, THOUSAND, dt=0.1, steps=50)
    return [
        Measurement("Sampling 1,000 trajectories of 50 states", "ms", thousand, "<= 10, aim 5"),
        Measurement("  the planners' own mix, 8 states", "ms", sampler_milliseconds),
    ]


def controls() -> list[Measurement]:
    """What it costs to plan by LQR and MPC, and to differentiate through the plan, on one thread."""
    forward, backward = control_rates.forward_milliseconds, control_rates.backward_milliseconds
    return [
        Measurement("LQR, 128 problems of 20 steps, 8 states, 4 controls", "ms", forward, "<= 8"),
        Measurement("  derivatives by everything", "ms", backward, "<= 8"),
        Measurement("  controls within 1", "ms", partial(forward, bound=1.0), "<= 120"),
        Measurement("  their derivatives", "ms", partial(backward, bound=1.0), "<= 10"),
        Measurement("  worst residual", "", partial(control_rates.worst_residual, bound=1.0), "<= 1e-8"),
        Measurement(
            "MPC, one bicycle going on, 9 steps, all kinds of limits", "ms", mpc_rates.decision_milliseconds, "<= 25"
        ),
        Measurement("  32 from scratch, 20 steps", "ms", mpc_rates.forward_milliseconds),
        Measurement("  derivatives by everything", "ms", mpc_rates.backward_milliseconds),
        Measurement("  worst residual", "", mpc_rates.worst_residual, "<= 1e-8"),
    ]


def convex_layers() -> list[Measurement]:
    """The problems of the first rows of `controls` by cvxpylayers, to its own tolerances."""
    once = partial(partial, control_rates.convex_milliseconds)
    return [
        Measurement("cvxpylayers, the 128 LQR problems", "ms", once(), is_long=True),
        Measurement("  derivatives by everything", "ms", once(backward=True), is_long=True),
        Measurement("  controls within 1", "ms", once(bound=1.0), is_long=True),
        Measurement("  their derivatives", "ms", once(bound=1.0, backward=True), is_long=True),
    ]


def measurements(effort: Effort, *, peers: bool = True) -> list[Measurement]:
    """All of them, in the order of the table."""
    batch, single, seconds = partial(batch_rate, effort.seconds), partial(single_rate, effort.seconds), effort.seconds
    both = partial(thread_gain, seconds)
    rows = [
        Measurement("GridNav 16x16, 1024 worlds", RATE, partial(batch, NAV, 1024), ">= 3 M, aim 5.4 M"),
        Measurement("  on two threads", RATE, partial(batch, NAV, 1024, num_threads=2)),
        Measurement("  two threads over one", "times", partial(both, NAV, 1024)),
        Measurement("GridNav 16x16, 8192 worlds", RATE, partial(batch, NAV, 8192)),
        Measurement("  on two threads", RATE, partial(batch, NAV, 8192, num_threads=2)),
        Measurement("  two threads over one", "times", partial(both, NAV, 8192), ">= 1.7"),
        Measurement("  egocentric view, 1024 worlds", RATE, partial(batch, NAV, 1024, view="egocentric")),
        Measurement("  with occlusion", RATE, partial(batch, NAV, 1024, view="egocentric", occlusion=True)),
        Measurement("GridCrowd, 1024 worlds", RATE, partial(batch, CROWD, 1024)),
        Measurement("GridNav 16x16, single env", RATE, partial(single, partial(gymnasium.make, NAV)), ">= 200 k"),
        Measurement("GridCrowd, parallel env", "agent-" + RATE, partial(parallel_rate, seconds, CROWD)),
        Measurement("Oracle, GridNav, 1024 worlds", "decisions/s", partial(oracle_rate, seconds, NAV, 1024)),
    ]
    rows += [
        Measurement(
            "Intersection, 64x64 views of 20 actors, 128 worlds", RATE, partial(batch, ROAD, 128, **SEEING), ">= 25 k"
        ),
        Measurement("  ending at collisions and off the road", RATE, partial(batch, ROAD, 128, observe=("occupancy",))),
        Measurement("  single env", RATE, partial(single, partial(gymnasium.make, ROAD, **SEEING)), ">= 12 k"),
        Measurement(
            "  parallel env, 16 agents, a view each",
            "agent-" + RATE,
            partial(parallel_rate, seconds, ROAD, 16, **LASTING, observe=("occupancy",), num_actors=16),
            ">= 60 k",
        ),
        Measurement(
            "  parallel env, 16 agents, vectors only",
            "agent-" + RATE,
            partial(parallel_rate, seconds, ROAD, 16, **FEELING),
            ">= 300 k, aim 418 k",
        ),
        Measurement("64x64 views of 20 actors alone, all channels", "views/s", partial(view_rate, seconds)),
        Measurement("  over a plain rotated crop of the ground", "times", partial(view_gain, seconds)),
        Measurement("  their ground alone over it", "times", partial(view_gain, seconds, draw_grounds)),
        Measurement("Town, 64x64 views of 32 actors, 64 worlds", RATE, partial(batch, TOWN, 64, **SEEING)),
        Measurement(
            "Oracle, Intersection, 64 worlds", "decisions/s", partial(oracle_rate, seconds, ROAD, 64), ">= 1 k"
        ),
    ]
    rows += decisions()
    rows += candidates()
    rows += controls()
    if peers and find_spec("cvxpylayers") is not None:
        rows += convex_layers()
    if peers and find_spec("highway_env") is not None:
        rows.append(Measurement("highway-env highway-fast-v0, 64x64 grid, single env", RATE, partial(single, _highway)))
    if peers and find_spec("minigrid") is not None:
        rows.append(Measurement("MiniGrid 16x16, full view, single env", RATE, partial(single, _minigrid)))
    rows.append(Measurement("Python to first observation", "s", start_seconds, "<= 1.5"))
    if effort.cold:
        once = partial(resident_mebibytes, TOWN, 1024)
        rows.append(Measurement("Resident memory, 1024 worlds of Town", "MiB", once, "<= 2,048", is_long=True))
        for what, script in (("grids", GRID_KERNELS), ("roads", ROAD_KERNELS)):
            name = f"Compiling the kernels of {what} from scratch"
            rows.append(Measurement(name, "s", partial(cold_seconds, script), "<= 60", is_long=True))
    return rows


def _minigrid() -> Any:
    # By name: it belongs to the extra `peers`, and type checkers must not miss it where that is not installed.
    import_module("minigrid")
    return load_entry("minigrid.wrappers:FullyObsWrapper")(gymnasium.make("MiniGrid-Empty-16x16-v0"))


def _highway() -> Any:
    import_module("highway_env")
    grid = {"type": "OccupancyGrid", "grid_size": [[-32, 32], [-32, 32]], "grid_step": [1, 1]}
    return gymnasium.make("highway-fast-v0", config={"observation": grid})
