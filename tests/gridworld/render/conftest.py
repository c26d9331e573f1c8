from collections.abc import Callable

import numpy as np
import pytest

from envs.gridworld.render import Scene


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    """A scene of one agent on an empty grid, unless told otherwise."""

    def make(shape=(8, 8), *, cell=(4, 3), goal=(1, 6), **fields) -> Scene:
        defaults = {
            "obstacle": np.zeros(shape, dtype=bool),
            "cells": np.array([cell]),
            "goals": np.array([goal]),
            "active": np.ones(1, dtype=bool),
            "controlled": np.ones(1, dtype=bool),
        }
        return Scene(**(defaults | fields))

    return make
