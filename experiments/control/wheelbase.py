"""Which derivatives find the wheelbase of a bicycle that somebody drives by MPC, and how far off are the usual ones?

An expert plans with a wheelbase of 2.8 m; the learner plans with another one and imitates paths, differentiating
through its plan by the exact rule, without the dynamics' curvature (`gauss_newton`), or by the rule of Amos et al.
(2018) for dynamics that are not linear (`linearised`).
"""

from itertools import product
from typing import Any

from experiments.control.driving.gradients import RANGE, against_differences
from experiments.control.driving.learning import EXPERTS, learned
from experiments.control.driving.picture import draw_wheelbase as draw
from experiments.control.driving.tables import wheelbase_table as table
from experiments.control.driving.vehicle import HESSIANS, HORIZON, STEP_SECONDS, TASKS, WHEELBASE
from experiments.progress import progress_bar

__all__ = ["draw", "run", "table"]


def run(seeds: tuple[int, ...], *, quick: bool = False) -> dict[str, Any]:
    """Derivatives beside finite differences on many problems; then gradient descent with each of them."""
    problems, batch, steps = (3, 2, 2) if quick else (64, 16, 60)
    tasks = TASKS[:1] if quick else TASKS
    gradients: dict[str, list[Any]] = {task: [] for task in tasks}
    learning = []
    with progress_bar(len(seeds) * len(tasks) * (1 + len(EXPERTS) * len(HESSIANS)), "wheelbase", unit="jobs") as bar:
        for task in tasks:
            for seed in seeds:
                gradients[task].append({"seed": seed, **against_differences(task, seed, problems)})
                bar.update()
        for task, expert, hessian in product(tasks, EXPERTS, HESSIANS):
            runs = []
            for seed in seeds:
                bar.set_postfix(task=task, expert=expert, rule=hessian)
                runs.append(learned(task, expert, hessian, seed, batch=batch, steps=steps))
                bar.update()
            learning.append({"task": task, "expert": expert, "rule": hessian, "runs": runs})
    return {
        "wheelbase": WHEELBASE,
        "range": list(RANGE),
        "horizon": HORIZON,
        "step_seconds": STEP_SECONDS,
        "sizes": {"problems": problems, "demonstrations": batch, "steps": steps},
        "gradients": gradients,
        "learning": learning,
    }
