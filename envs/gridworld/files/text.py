"""Text files as lines, and the numbers in them."""

import re
from pathlib import Path

from envs.gridworld.files.errors import format_error

# More digits than this cannot be a cell and would overflow int32.
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


def read_lines(path: Path) -> list[str]:
    """Lines without their ends (unix, windows or old mac); blank lines at the end of the file dropped.

    Raises ``MapFormatError`` for a file that is empty or is not text.
    """
    text = _decode(path).rstrip()
    if not text:
        raise format_error(path, "the file is empty.")
    # str.splitlines would also split at form feeds and Unicode separators.
    return re.split(r"\r\n|\n|\r", text)


def parse_integer(text: str) -> int | None:
    """The integer that `text` spells, or None; at most nine digits."""
    return int(text) if _INTEGER.fullmatch(text) else None


def _decode(path: Path) -> str:
    data = path.read_bytes()
    if b"\0" in data:
        raise format_error(path, f"not a text file: byte 0 at offset {data.index(0)}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise format_error(path, f"not a text file: byte {data[error.start]:#04x} at offset {error.start}.") from error
