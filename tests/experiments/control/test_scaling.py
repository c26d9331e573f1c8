"""`crossroads control scaling`: what grows, and by how much."""

import pytest

from experiments.control import scaling
from experiments.control.growth import measuring, sizes
from experiments.control.growth.measuring import ours, theirs
from experiments.control.growth.picture import series
from experiments.control.growth.sizes import Size


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(measuring, "TRIALS", 1)


def test_memory_is_that_of_so_many_problems():
    one, four = (ours(Size(batch, 6, 4), 0) for batch in (8, 32))
    assert four["inputs_mib"] == pytest.approx(4 * one["inputs_mib"])
    for kind in ("free", "bounded"):
        assert four[kind]["peak_mib"] == pytest.approx(4 * one[kind]["peak_mib"], rel=0.1)
        assert four[kind]["peak_mib"] > four["inputs_mib"]
        assert four[kind]["residual"] < 1e-8


@pytest.mark.filterwarnings("ignore")
def test_the_other_layer_solves_the_same_problems():
    pytest.importorskip("cvxpylayers")
    found = theirs(Size(1, 3, 2), 0)
    assert found["free"]["error"] < 0.01
    assert found["bounded"]["error"] < 0.01


def test_every_size_has_its_place_in_the_table_and_in_the_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(scaling, "QUICK", {"horizon": (3, 6), "batch": (4,), "states": (2,)})
    monkeypatch.setattr(scaling, "CONVEX", dict.fromkeys(sizes.AXES, 0))
    results = {**scaling.run((0, 1), quick=True), "hardware": {"cpu": "some"}, "cpu_seconds": 3.0}
    assert [len(results["ours"][axis]) for axis in sizes.AXES] == [4, 2, 2]
    at, values = series(results["ours"]["horizon"], "horizon", "free", "forward_ms")
    assert at == [3, 6]
    assert min(map(min, values)) > 0.0
    rows = scaling.table(results).split("\n\n")[0].splitlines()[2:]
    assert [row.split(" | ")[:3] for row in rows] == [["| 4", "3", "4"], ["| 4", "6", "4"], ["| 4", "6", "2"]]
    scaling.draw(tmp_path / "figure.png", results)
    assert (tmp_path / "figure.png").stat().st_size > 10_000
