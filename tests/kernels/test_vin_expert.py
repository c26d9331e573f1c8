"""The published expert of Value Iteration Networks: its moves are optimal, and ours by the same tie rule."""

import numpy as np
import pytest
from kernels.play import begun
from kernels.small_worlds import COMPILED, generator_of, scaled

from envs.gridworld.files import read_mat
from envs.gridworld.map import GridMap

# Share of the recorded moves, on all states of the files 99.6 % and 99.8 %.
AGREEMENT = {8: 0.995, 16: 0.998}


@pytest.fixture(scope="module", params=AGREEMENT)
def labelled(request, data_folder):
    """(worlds at a sample of the recorded states, the recorded labels)."""
    path = data_folder / "vin" / f"gridworld_{request.param}.mat"
    if not path.is_file():
        pytest.skip(f"no real data: {path} does not exist (set CROSSROADS_DATA)")
    labels = read_mat(path).expert_action
    sample = np.sort(generator_of(request.param).choice(len(labels), scaled(20_000, 150), replace=False))
    worlds = begun(GridMap, len(sample), levels=sample, mat=str(path), split="all", tie_break="vin")
    return worlds, labels[sample]


def test_every_recorded_move_is_optimal(labelled):
    worlds, labels = labelled
    assert worlds.optimal_actions()[np.arange(len(labels)), 0, labels].all()


def test_the_tie_rule_gives_the_recorded_moves(labelled):
    worlds, labels = labelled
    agreement = (worlds.oracle_action()[:, 0] == labels).mean()
    # The sample that Python has time for is too small to tell thousandths.
    assert agreement >= (AGREEMENT[worlds.config.shape[0]] if COMPILED else 0.98)


def test_where_several_moves_are_optimal_the_first_is_often_another(labelled):
    worlds, labels = labelled
    masks = worlds.optimal_actions()[:, 0]
    has_ties = masks.sum(axis=1) > 1
    assert 0.1 < has_ties.mean() < 0.5
    assert (masks.argmax(axis=1) == labels)[has_ties].mean() < 0.9
