"""Arguments and states of particles that make no sense are refused by name, with what was expected and what was got."""

import re
from dataclasses import fields

import gymnasium
import numpy as np
import pytest

from envs.particle.config import ParticleConfig

NAN = float("nan")
BOOL = {"expected bool": (1, 0, "yes", None, 1.0)}
WRONG: dict[str, dict[str, tuple]] = {
    "dims": {"expected 1 to 1024 dimensions": (0, -1, 1025), "expected int": (2.0, "2", None, True, (2,), NAN)},
    "multimodal": BOOL,
    "hide_velocity": BOOL,
    "max_steps": {
        "expected a whole number in [1, 2**32)": (0, -1, 2**32),
        "expected int": (1.5, "9", None, NAN, True),
    },
    "split": {
        "Unknown split 'tests'. Did you mean 'test'? Known splits: ['train', 'validation', 'test', 'all']": ("tests",),
        "expected str": (None, 0),
    },
    "num_levels": {"None or a whole number in [1, 2**32)": (0, -5, 2**32), "expected int | None": (1.5, "9", True)},
}
LINES = [(name, message, value) for name, by in WRONG.items() for message, values in by.items() for value in values]


def test_every_field_has_its_wrong_values():
    assert list(WRONG) == [field.name for field in fields(ParticleConfig)]


@pytest.mark.parametrize(
    ("name", "message", "value"), LINES, ids=lambda item: None if len(str(item)) > 20 else str(item)
)
def test_a_wrong_value_is_refused_with_its_name_and_itself(name, message, value):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        gymnasium.make("crossroads/Particle-v0", **{name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "number", "expected"),
    [
        ("position", 1.5, "[-0.019, 1.019], got 1.5"),
        ("position", NAN, "[-0.019, 1.019], got nan"),
        ("velocity", -2.0, "[-1.387, 1.387], got -2.0"),
        ("first_goal", -0.1, "[0, 1], got -0.1"),
        ("second_goal", np.inf, "[0, 1], got inf"),
    ],
)
def test_states_of_particles_that_are_nowhere_are_refused(field, number, expected):
    batch = gymnasium.make_vec("crossroads/Particle-v0", 2)
    batch.reset(seed=0)
    state = batch.get_state()
    getattr(state, field)[1, 0, 1] = number
    with pytest.raises(
        ValueError, match=re.escape(f"State field '{field}': expected numbers in {expected} at (1, 0, 1)")
    ):
        batch.set_state(state)
    assert np.isfinite(batch.get_state().position).all()
