"""Doing what is left of a study: demonstrations, trainings, timings."""

from pathlib import Path

from experiments.comparison.demonstrating import ensure_store
from experiments.comparison.pool import Job, run_jobs
from experiments.comparison.runs import Run, runs_of
from experiments.comparison.study import Study
from experiments.comparison.timings import measure_timings
from experiments.comparison.training import jobs_of, trained, with_sampler, write_json
from experiments.environments import make_env
from experiments.progress import progress_bar


def run_study(
    study: Study, out: Path, *, workers: int = 2, minutes: float | None = None, progress: bool = True
) -> list[tuple[Job, str]]:
    """Record demonstrations, train, play and time, as far as that is not done; returns what failed, and why."""
    if workers < 0:
        raise ValueError(f"--workers: expected >= 0, got {workers}.")
    runs = runs_of(study, out)
    for place in study.places:
        if any(run.place is place and run.store is not None and not run.is_finished for run in runs):
            ensure_store(place, out, progress=progress)
    failed = run_jobs(jobs_of(runs), workers=workers, minutes=minutes)
    time_runs(runs, progress=progress)
    return failed


def time_runs(runs: list[Run], *, progress: bool = True) -> None:
    """Time the decisions of each agent once, when nothing is trained beside."""
    untimed = {run.timed: run for run in reversed(runs) if run.is_finished and not run.timed.is_file()}
    with progress_bar(len(untimed), "timing decisions", unit="agents", shown=progress) as bar:
        for path, run in untimed.items():
            agent = with_sampler(trained(run), run)
            env = make_env(run.place.env, run.place.arguments)
            write_json(path, measure_timings(agent, env, deterministic=not run.place.drawn))
            bar.update()
