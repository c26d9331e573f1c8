"""Progress bars, as agents show them while they learn."""

from agents.progress import progress_bar

__all__ = ["progress_bar"]
