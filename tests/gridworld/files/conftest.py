import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real public data, which the repository does not hold."""
    beside_the_repository = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("CROSSROADS_DATA", beside_the_repository))
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} does not exist (set CROSSROADS_DATA)")
    return folder
