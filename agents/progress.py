"""Progress bars: on stderr, and only for what takes longer than two seconds."""

import sys

from tqdm import tqdm

DELAY = 2.0
"""Seconds before a bar shows itself."""


def progress_bar(total: int, description: str, *, unit: str = "it", initial: int = 0, shown: bool = True) -> tqdm:
    """A bar over `total` things; in a log file it writes a line every ten seconds, not ten a second."""
    interval = 0.1 if sys.stderr.isatty() else 10.0
    return tqdm(
        total=total,
        desc=description,
        unit=f" {unit}",
        initial=initial,
        disable=not shown,
        delay=DELAY,
        leave=False,
        mininterval=interval,
        dynamic_ncols=True,
    )
