"""One run: an agent trained on a share of the published data, and judged."""

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import agents
from agents.networks.value_iteration.planning import PlanningNetwork
from agents.planning_labels import LabelledMaps
from agents.published_maps import read_labelled, split_published
from experiments.bench import hardware
from experiments.comparison.training import write_json
from experiments.contenders import CHECKPOINT
from experiments.environments import make_env
from experiments.threads import single_threaded
from experiments.vin.deciding import decide
from experiments.vin.exact import solve
from experiments.vin.measures import judge, without_tasks
from experiments.vin.runs import AGENT, SIZE, Run
from experiments.vin.tasks import Tasks, generated, official, tasks_on
from experiments.vin.zero_shot import places_of, try_places

STATE = "checkpoint"
"""Of a training that is not finished."""


def do_run(run: Run) -> None:
    """What is left of a run, PyTorch on one thread."""
    with single_threaded():
        network = trained(run).network.encoder.planner
        if not run.is_judged:
            write_json(run.judged, judged(network, run))
        if run.is_zero_shot and not run.is_tried:
            found = try_places(network, places_of(run.plan.data, count=run.plan.levels))
            write_json(run.zero_shot, {"seed": run.seed, "levels": run.plan.levels, "places": found})


def trained(run: Run) -> Any:
    """The agent of a run: loaded, or taught now, from where that was interrupted if it was."""
    if (run.folder / CHECKPOINT).is_file():
        return agents.load(run.folder / CHECKPOINT)
    labelled = split_published(_labelled(run.plan.training_file), run.share).train
    agent: Any = agents.make(AGENT, make_env("GridNav-v0", {"size": SIZE}), **run.config)
    began, began_cpu = time.perf_counter(), time.process_time()
    is_begun = (run.folder / STATE).is_dir()
    agent.learn(labelled, checkpoint=run.folder / STATE, resume=is_begun, progress=False)
    facts = {
        "config": run.whole_config,
        "maps": len(labelled.blocked),
        "labels": len(labelled),
        "batches": len([] if labelled.batches is None else labelled.batches),
        "updates": agent.history[-1]["updates"],
        # A training that was resumed has its earlier time in its history alone.
        "cpu_seconds": max(time.process_time() - began_cpu, agent.history[-1]["cpu_seconds"]),
        "seconds": None if is_begun else time.perf_counter() - began,
        "parameters": sum(weights.numel() for weights in agent.network.parameters()),
        "hardware": hardware(),
    }
    write_json(run.training, facts)
    agent.save(run.folder / CHECKPOINT)
    for file in (run.folder / STATE).glob("*"):
        file.unlink()
    return agent


def judged(network: PlanningNetwork, run: Run) -> dict[str, Any]:
    """The held-out part of the data, freshly generated levels and, where it is there, the published test file."""
    began = time.process_time()
    tasks = {
        "held out": tasks_of(split_published(_labelled(run.plan.training_file), run.share).held_out),
        "generated": _generated(run.plan.levels),
    }
    if run.plan.test_file.is_file():
        tasks["official"] = official(run.plan.test_file)
    found = {name: judge(decide(network, these.solved), these) for name, these in tasks.items()}
    found["held out"] = without_tasks(found["held out"])
    return {
        "kind": run.kind,
        "share": run.share,
        "seed": run.seed,
        "levels": run.plan.levels,
        "cpu_seconds": time.process_time() - began,
        "tasks": found,
    }


def tasks_of(labelled: LabelledMaps) -> Tasks:
    """A way from the first state that each map has a label for."""
    solved = solve(labelled.blocked, labelled.goal.astype(np.int32))
    maps, first = np.unique(labelled.task_map, return_index=True)
    return tasks_on("held out", solved, maps, labelled.start[first].astype(np.int32))


@lru_cache(maxsize=1)
def _labelled(path: Path) -> LabelledMaps:
    return read_labelled(path)


@lru_cache(maxsize=1)
def _generated(count: int) -> Tasks:
    return generated(SIZE, count)
