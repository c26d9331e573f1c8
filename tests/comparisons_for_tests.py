"""Small comparisons, and results made by hand."""

from experiments.comparison.entrants import parse_entrants
from experiments.comparison.study import Place, Study

LINES = ("narrow: behavior-cloning width=4 updates=8", "random", "oracle")
TINY = {"size": 6, "max_steps": 12}


def small_study(*lines, seeds=(0, 1), places=1, **options):
    """`lines` on the smallest grids, from six demonstrations, judged on seven levels."""
    found = tuple(
        Place(
            name=f"place {k}",
            env="GridNav-v0",
            arguments=TINY,
            demonstrations=6,
            levels=7 + k,
            **({"position": 2.0**k} if places > 1 else {}),
            **options,
        )
        for k in range(places)
    )
    return Study(name="small", title="A small one", places=found, entrants=parse_entrants(lines or LINES), seeds=seeds)
