"""`crossroads COMMAND ...`: one door per file, errors of one line, Ctrl-C without a traceback."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from experiments.mistakes import is_mistake
from experiments.threads import claim_cores

DOORS: dict[str, str] = {
    "demo": "experiments.demo",
    "list": "experiments.catalogue",
    "collect": "experiments.collect",
    "train": "experiments.train",
    "evaluate": "experiments.evaluate",
    "gates": "experiments.gates",
    "render": "experiments.render",
    "imagine": "experiments.imagine",
    "realism": "experiments.realism",
    "bench": "experiments.bench",
    "yardsticks": "experiments.yardsticks",
    "compare": "experiments.compare",
    "vin": "experiments.vin.study",
    "irl": "experiments.irl",
    "forecasts": "experiments.forecasts",
    "models": "experiments.models",
    "control": "experiments.optimal_control",
    "export": "experiments.export",
    "import": "experiments.imports",
}
"""Command -> module with `Args` (frozen, typed), `main(args)` and a docstring that is its help."""

OVERVIEW = """usage: crossroads COMMAND [OPTIONS]

Worlds, agents and one closed-loop score for all of them.

{commands}

Each command explains itself:   crossroads evaluate --help
Start here:                     crossroads demo
                                crossroads list
                                crossroads evaluate --env GridNav-v0 --agent random oracle
Errors come in one line; --traceback, with any command, shows where they were raised.
PyTorch uses OMP_NUM_THREADS threads where that is set, and all cores given to the process where it is not."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for a mistake in what was asked, 130 after Ctrl-C."""
    words = list(sys.argv[1:] if words is None else words)
    wants_traceback = "--traceback" in words
    claim_cores()
    try:
        return _run([word for word in words if word != "--traceback"])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if wants_traceback or not is_mistake(error):
            raise
        print(f"crossroads: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(OVERVIEW.format(commands=_commands()))
        return 0 if words else 2
    from envs.core.naming import check_known

    check_known("command", words[0], DOORS)
    door = import_module(DOORS[words[0]])
    return door.main(_parse(door, words)) or 0


def _parse(door: ModuleType, words: list[str]) -> object:
    import tyro

    return tyro.cli(door.Args, prog=f"crossroads {words[0]}", description=door.__doc__, args=words[1:])


def _commands() -> str:
    """One line per command: the first of its help."""
    from experiments.docstrings import summary

    return "\n".join(f"  {name:<12}{summary(module)}" for name, module in DOORS.items())
