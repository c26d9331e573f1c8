"""One thread: these networks are small, and bits must not depend on the machine's cores."""

from typing import Any

import pytest
import torch
from agents_for_tests import PLANNERS_ON_MAPS, open_world, tiny

torch.set_num_threads(1)


@pytest.fixture
def unchecked(request: pytest.FixtureRequest) -> None:
    """Skip where a type checker looks at every call: it refuses wrong types before we do, and draws at random."""
    if request.config.getoption("jaxtyping_packages", default=None):
        pytest.skip("types are checked at runtime")


@pytest.fixture(scope="session")
def env() -> Any:
    """A small map; tests reset it, or only look at its arguments."""
    return open_world()


@pytest.fixture(scope="session")
def trained() -> Any:
    """Function (name, world="map") -> the agent after a moment of learning, if it can; made once, not to be changed."""
    made: dict[tuple[str, str], Any] = {}

    def get(name: str, world: str = "map") -> Any:
        if (name, world) not in made:
            one = open_world(world)
            agent = tiny(name, one)
            shows_maps = one.unwrapped.config.view == "full"
            made[name, world] = (
                agent.learn(one, progress=False) if shows_maps or name not in PLANNERS_ON_MAPS else agent
            )
        return made[name, world]

    return get
