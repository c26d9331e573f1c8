"""What models refuse, in words."""

from world_models.spec import Spec


def check_observed(spec: Spec, *keys: str) -> None:
    """Whether the environment shows what a model needs.

    Raises:
        ValueError: it does not, with the argument that would make it.
    """
    missing = [key for key in keys if key not in spec.observation]
    if missing:
        raise ValueError(f"Expected the observation to have {missing}, found {list(spec.observation)}: see `observe`.")


def check_one_future(samples: int) -> None:
    """Whether a model that is not stochastic is asked for one future.

    Raises:
        ValueError: for several.
    """
    if samples != 1:
        raise ValueError(f"Expected samples=1 of a model that is not stochastic, got {samples}.")
