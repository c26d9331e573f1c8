"""Planning networks by name, and how many iterations maps of a size take."""

from collections.abc import Callable

from agents.networks.value_iteration.faithful import ValueIterationNetwork
from agents.networks.value_iteration.planning import PlanningNetwork
from agents.networks.value_iteration.propagating import PropagationNetwork
from agents.networks.value_iteration.reactive import ReactiveNetwork
from envs.core.naming import check_known

PUBLISHED_ITERATIONS = {8: 10, 16: 20, 28: 36}


def default_iterations(shape: tuple[int, int]) -> int:
    """The published number for sides up to 8, 16 and 28; beyond, 36 / 28 of the longer side."""
    side = max(shape)
    fitting = [iterations for size, iterations in PUBLISHED_ITERATIONS.items() if side <= size]
    return fitting[0] if fitting else -(-36 * side // 28)


def _iterating(is_tied: bool) -> Callable[..., PlanningNetwork]:
    def build(
        shape: tuple[int, int], channels: int, *, num_actions: int, iterations: int | None, width: int | None
    ) -> PlanningNetwork:
        depth = iterations or default_iterations(shape)
        return ValueIterationNetwork(depth, num_actions=num_actions, is_tied=is_tied)

    return build


def _propagating(
    shape: tuple[int, int], channels: int, *, num_actions: int, iterations: int | None, width: int | None
) -> PlanningNetwork:
    return PropagationNetwork(channels, num_actions=num_actions, width=width or 32, iterations=iterations)


def _reacting(
    shape: tuple[int, int], channels: int, *, num_actions: int, iterations: int | None, width: int | None
) -> PlanningNetwork:
    return ReactiveNetwork(shape, channels, num_actions=num_actions)


ARCHITECTURES: dict[str, Callable[..., PlanningNetwork]] = {
    "propagation": _propagating,
    "faithful": _iterating(is_tied=True),
    "untied": _iterating(is_tied=False),
    "reactive": _reacting,
}


def planning_network(
    architecture: str,
    shape: tuple[int, int],
    channels: int = 2,
    *,
    num_actions: int = 8,
    iterations: int | None = None,
    width: int | None = None,
) -> PlanningNetwork:
    """A new network for maps of `shape`; only `reactive` is bound to it.

    Raises:
        ValueError: unknown architecture, with the nearest known one.
    """
    check_known("architecture", architecture, ARCHITECTURES)
    build = ARCHITECTURES[architecture]
    return build(shape, channels, num_actions=num_actions, iterations=iterations, width=width)
