"""The worlds of the contract suites, and warnings that count as errors."""

from pathlib import Path

import gymnasium
import pytest
from worlds_for_tests import World, open_case, write_files


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where annotations are checked, they speak before the errors that bad input is to get."""
    if not config.getoption("--jaxtyping-packages", default=None):
        return
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name.startswith("test_bad_"):
            item.add_marker(pytest.mark.skip(reason="run without --jaxtyping-packages"))


@pytest.fixture(scope="session")
def world_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files that worlds from files are made of."""
    folder = tmp_path_factory.mktemp("worlds")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, world_files: Path) -> World:
    """The world of a case; see `worlds_for_tests.every_world`."""
    return open_case(request.param, world_files)


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise where gymnasium's logger would warn."""

    def fail(message: str, *arguments: object, **others: object) -> None:
        raise AssertionError(f"gymnasium warned: {message % arguments if arguments else message}")

    monkeypatch.setattr(gymnasium.logger, "warn", fail)
