"""What all tests share: how hypothesis searches, and where real data lies."""

import os
from pathlib import Path

import annotations  # noqa: F401 - before anything that is checked is imported
import numba
import pytest
from hypothesis import HealthCheck, settings

_IS_COMPILED = not numba.config.DISABLE_JIT
_DERANDOMIZE = bool(os.environ.get("CI"))

settings.register_profile("compiled", deadline=None, derandomize=_DERANDOMIZE, max_examples=60)
settings.register_profile(
    "interpreted",
    deadline=None,
    derandomize=_DERANDOMIZE,
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("compiled" if _IS_COMPILED else "interpreted")


def pytest_configure(config):
    if not _IS_COMPILED:
        # Words of 64 bits wrap round by design; compiled they do so silently, numpy's scalars warn.
        config.addinivalue_line("filterwarnings", "ignore:overflow encountered in scalar:RuntimeWarning")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real public data, which the repository does not hold."""
    beside_the_repository = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("CROSSROADS_DATA", beside_the_repository))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} does not exist (set CROSSROADS_DATA)")
    return folder
