"""How much of the driving the expert does, round by round."""

from itertools import pairwise

import pytest

from agents.schedules import SCHEDULES, mixing

every_schedule = pytest.mark.parametrize("name", SCHEDULES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("indicator", [1.0, 0.0, 0.0, 0.0, 0.0]),
        ("exponential", [1.0, 0.5, 0.25, 0.125, 0.0625]),
        ("linear", [1.0, 0.75, 0.5, 0.25, 0.0]),
        ("constant", [1.0, 0.5, 0.5, 0.5, 0.5]),
    ],
)
def test_shares_of_five_rounds(name, expected):
    assert [mixing(name, index, 5) for index in range(1, 6)] == expected


@every_schedule
@pytest.mark.parametrize("rounds", [1, 2, 7, 40])
def test_the_expert_drives_first_and_never_more_again(name, rounds):
    shares = [mixing(name, index, rounds) for index in range(1, rounds + 1)]
    assert shares[0] == 1.0
    assert all(0.0 <= later <= earlier for earlier, later in pairwise(shares))


@every_schedule
def test_the_average_share_vanishes_unless_half_of_the_driving_is_meant_to_stay(name):
    """Ross et al. ask for 0. `linear` is stretched over the rounds, however many: its average stays at a half."""
    limit = {"indicator": 0.0, "exponential": 0.0, "linear": 0.5, "constant": 0.5}[name]
    for rounds in (10, 100, 1000):
        average = sum(mixing(name, index, rounds) for index in range(1, rounds + 1)) / rounds
        assert abs(average - limit) <= 2 / rounds + 1e-12


def test_an_unknown_schedule_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown mixing schedule 'expnential'\. Did you mean 'exponential'\?"):
        mixing("expnential", 1, 2)
