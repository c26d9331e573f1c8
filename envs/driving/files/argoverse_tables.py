"""Tables of Argoverse 2 (parquet, feather) as numpy columns, checked."""

from pathlib import Path
from typing import Any

import numpy as np

from envs.driving.files.errors import format_error, need

Columns = dict[str, np.ndarray]
"""By name; all of one table have the same length."""


def read_columns(path: Path, texts: tuple[str, ...], whole: tuple[str, ...], numbers: tuple[str, ...]) -> Columns:
    """Columns of a `.parquet` or `.feather` file: texts, whole numbers, and finite numbers."""
    table = _read(path)
    missing = [name for name in (*texts, *whole, *numbers) if name not in table.column_names]
    if missing:
        raise format_error(path, f"must have the columns {missing} too, found {table.column_names}.")
    if table.num_rows == 0:
        raise format_error(path, "must hold at least one row, found none.")
    columns = {name: np.array(table[name].to_pylist(), dtype=object) for name in texts}
    for name in whole:
        columns[name] = _numeric(path, name, table[name], np.int64)
    for name in numbers:
        columns[name] = _numeric(path, name, table[name], np.float64)
        wrong = np.flatnonzero(~np.isfinite(columns[name]))
        if len(wrong):
            row = int(wrong[0])
            raise format_error(path, f"'{name}' must be finite, found {columns[name][row]} in row {row}.")
    return columns


def _read(path: Path) -> Any:
    name = path.suffix.removeprefix(".")
    reader = need(f"pyarrow.{name}", path)
    arrow = need("pyarrow", path)
    try:
        return reader.read_table(str(path))
    except (arrow.ArrowException, OSError) as error:
        first = str(error).partition("\n")[0]
        raise format_error(path, f"expected a table in the format {name}: {first}") from None


def _numeric(path: Path, name: str, column: Any, dtype: type) -> np.ndarray:
    values = column.to_numpy()
    if values.dtype.kind not in "iuf" or (dtype is np.int64 and values.dtype.kind == "f"):
        what = "whole numbers" if dtype is np.int64 else "numbers"
        raise format_error(path, f"'{name}' must hold {what}, found {column.type} with {column.null_count} missing.")
    return values.astype(dtype)
