"""Where learning stands: one file, replaced at once, from which an interrupted run goes on as if nothing had been."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from agents.checkpoint import DamagedCheckpointError
from envs.core.atomic import write_atomically

FILE = "training.safetensors"


class Learner(Protocol):
    """An agent with one network and a history."""

    name: Any
    network: Any
    history: list[dict[str, Any]]


class Progress(Protocol):
    """An optimiser, and how far it has come."""

    optimizer: torch.optim.Optimizer
    updates: int


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

    def write(self, agent: Learner, fitting: Progress, extra: Mapping[str, torch.Tensor] | None = None) -> None:
        """Replace the file by the present state."""
        if self.path is None:
            return
        from safetensors.torch import save

        tensors = {f"network/{name}": tensor for name, tensor in agent.network.state_dict().items()}
        for index, moments in fitting.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{index}/{name}": torch.as_tensor(value) for name, value in moments.items()}
        tensors |= {f"extra/{name}": tensor for name, tensor in (extra or {}).items()}
        facts = {"updates": fitting.updates, "history": agent.history, "agent": agent.name}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
        write_atomically(self.path, save(content, metadata={"crossroads": json.dumps(facts)}))

    def restore(self, agent: Learner, fitting: Progress) -> dict[str, torch.Tensor]:
        """Bring agent and fitting to where the file was written; returns what the method had added.

        Raises:
            DamagedCheckpointError: the file cannot be read, or is another agent's.
        """
        from safetensors import safe_open

        try:
            with safe_open(str(self.path), framework="pt") as file:
                facts = json.loads((file.metadata() or {})["crossroads"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        except Exception as error:  # many ways to be damaged, one meaning
            raise DamagedCheckpointError(f"{self.path} is damaged: {error}") from error
        if facts["agent"] != agent.name:
            raise DamagedCheckpointError(f"{self.path}: expected a {agent.name!r}, found {facts['agent']!r}.")
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
