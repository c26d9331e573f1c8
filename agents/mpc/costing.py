"""What a planning agent wants of its worlds, in the words of its config."""

from inspect import signature

from agents.mpc.settings import Words, read_words
from envs.core.arguments import fits
from envs.core.naming import unknown_name
from world_models.costs.cost import Cost
from world_models.costs.defaults import default_cost, road_cost
from world_models.costs.grid_costs import LatentGoal
from world_models.spec import Spec


def cost_for(spec: Spec, weights: Words, latent_goal: str | None = None) -> Cost:
    """The default cost of a model's worlds; on roads with other weights of its terms.

    Args:
        spec: Of the model.
        weights: Of the terms on roads.
        latent_goal: On grids: where the distance from the goal's latent counts, in place of the default cost.

    Raises:
        TypeError: a term that there is not, with the nearest that is.
        ValueError: weights on grids, where the cost is one term; a weight that is no number; a latent goal where the
            model decodes no latent.
    """
    if latent_goal is not None:
        if "latent" not in spec.heads:
            raise ValueError(f"latent_goal: expected a model with the head 'latent', it has {list(spec.heads)}.")
        return LatentGoal(at=latent_goal)
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
