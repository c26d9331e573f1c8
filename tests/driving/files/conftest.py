"""All recordings at hand, read once."""

import pytest

from envs.driving.files import read_recording


@pytest.fixture(scope="session")
def recordings(data_folder):
    return read_recording(data_folder / "commonroad") + read_recording(data_folder / "av2")
