"""What a planning agent wants of its worlds, in the words of its config."""

from inspect import signature

from agents.mpc.settings import Words, read_words
from envs.core.arguments import fits
from envs.core.naming import unknown_name
from world_models.costs.cost import Cost
from world_models.costs.defaults import default_cost, road_cost
from world_models.spec import Spec


def cost_for(spec: Spec, weights: Words) -> Cost:
    """The default cost of a model's worlds; on roads with other weights of its terms.

    Raises:
        TypeError: a term that there is not, with the nearest that is.
        ValueError: weights on grids, where the cost is one term; a weight that is no number.
    """
    chosen = read_words(weights, "weights")
    if not chosen:
        return default_cost(spec)
    if spec.extent is None:
        raise ValueError(f"weights: on grids the cost is one term, got {chosen}.")
    known = [name for name in signature(road_cost).parameters if name != "spec"]
    for name, weight in chosen.items():
        if name not in known:
            raise TypeError(unknown_name("term of the cost", name, known))
        if not fits(weight, float):
            raise ValueError(f"weights: expected a number for {name!r}, got {weight!r}.")
    return road_cost(spec, **chosen)
