"""Memory of a process is measured in the process."""

import sys

import pytest

from experiments.resident_memory import resident_mebibytes


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_more_worlds_take_more_memory_than_an_interpreter_has():
    few, many = (resident_mebibytes("crossroads/Intersection-v0", count)() for count in (2, 64))
    assert 50.0 < few < many < 1000.0
