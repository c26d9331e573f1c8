"""What export to Minari and import from it share: the library, the folder of its datasets, names."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

FACTS = "crossroads"
"""Key of a dataset's metadata: id, arguments and agent as the store's manifest has them, and names of its arrays."""
EPISODE = "episode"
"""Key of an episode's metadata: level, seed and metrics, with their dtypes."""
FOLDER = "MINARI_DATASETS_PATH"
"""The environment variable that tells Minari where its datasets lie."""
_NAME = re.compile(r"([\w-]+/)*[\w-]+-v\d+")


def need(module: str) -> ModuleType:
    """Minari, or what it needs to read and write HDF5.

    Raises:
        ImportError: it is not installed; with the cure.
    """
    try:
        return import_module(module)
    except ImportError as error:
        missing = error.name or module
        raise ImportError(
            f"Minari datasets need {missing}, which is not installed; "
            "install the extra of this project that brings it: pip install 'crossroads[data]'."
        ) from error


def need_minari() -> ModuleType:
    """The library, once all is there that its HDF5 files need.

    Raises:
        ImportError: something is not installed; with the cure.
    """
    for module in ("h5py", "PIL"):
        need(module)
    return need("minari")


def check_name(name: str) -> None:
    """Raise ``ValueError`` unless Minari takes `name` for a dataset."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"Expected the name of a Minari dataset with its version, such as crossroads/nav-v0, got {name!r}."
        )


@contextmanager
def datasets_in(folder: Path | None) -> Iterator[None]:
    """Let Minari's datasets lie in `folder` meanwhile; None: where they always do."""
    before = os.environ.get(FOLDER)
    if folder is not None:
        os.environ[FOLDER] = str(folder)
    try:
        yield
    finally:
        if folder is not None:
            os.environ.pop(FOLDER)
            if before is not None:
                os.environ[FOLDER] = before


def dataset_folder(name: str) -> Path:
    """Where Minari keeps, or would keep, a dataset."""
    from minari.storage import get_dataset_path

    return Path(get_dataset_path(name))
