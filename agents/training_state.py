"""Where learning stands: one file, replaced at once, from which an interrupted run goes on as if nothing had been."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from agents.learner import Learner
from agents.sealed import DamagedCheckpointError, read_sealed, write_sealed

FILE = "training.safetensors"
FORMAT = "crossroads-training-1"


@dataclass
class Progress:
    """An optimiser, and how far it has come: updates, or whatever a method counts."""

    optimizer: torch.optim.Optimizer
    updates: int = 0


class TrainingState:
    """Network, optimiser, history and whatever a method adds, in ``folder/training.safetensors``.

    Args:
        folder: None writes nothing.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self.path = None if folder is None else Path(folder) / FILE

    def exists(self) -> bool:
        """Whether there is something to resume."""
        return self.path is not None and self.path.is_file()

    def begin(self, agent: Learner, fitting: Progress, *, resume: bool) -> dict[str, torch.Tensor]:
        """An empty history or, to `resume` and where there is something, that of `restore` with what it returns."""
        agent.history = []
        return self.restore(agent, fitting) if resume and self.exists() else {}

    def write(self, agent: Learner, fitting: Progress, extra: Mapping[str, torch.Tensor] | None = None) -> None:
        """Replace the file by the present state."""
        if self.path is None:
            return
        tensors = {f"network/{name}": tensor.cpu() for name, tensor in agent.network.state_dict().items()}
        for index, moments in fitting.optimizer.state_dict()["state"].items():
            for name, value in moments.items():
                tensors[f"optimizer/{index}/{name}"] = torch.as_tensor(value).cpu()
        tensors |= {f"extra/{name}": tensor for name, tensor in (extra or {}).items()}
        facts = {"format": FORMAT, "agent": agent.name, "updates": fitting.updates, "history": agent.history}
        write_sealed(self.path, facts, tensors)

    def restore(self, agent: Learner, fitting: Progress) -> dict[str, torch.Tensor]:
        """Bring agent and fitting to where the file was written; returns what the method had added.

        Raises:
            FileNotFoundError: there is nothing to resume.
            DamagedCheckpointError: the file cannot be read, or is another agent's.
        """
        facts, tensors = read_sealed(self.path or FILE)
        for name, expected in (("format", FORMAT), ("agent", agent.name)):
            if facts.get(name) != expected:
                raise DamagedCheckpointError(f"{self.path}: expected {name} {expected!r}, found {facts.get(name)!r}.")
        agent.network.load_state_dict(_part(tensors, "network/"))
        agent.history = facts["history"]
        fitting.updates = facts["updates"]
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _part(tensors, "optimizer/").items():
            index, _, moment = name.partition("/")
            moments.setdefault(int(index), {})[moment] = tensor
        fitting.optimizer.load_state_dict({**fitting.optimizer.state_dict(), "state": moments})
        return _part(tensors, "extra/")


def _part(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
