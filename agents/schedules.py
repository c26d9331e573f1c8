"""How much of a DAgger round the expert drives: beta of the i-th round, from 1.

Ross, Gordon and Bagnell, *A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
Learning* (AISTATS 2011), section 3: pi_i = beta_i pi* + (1 - beta_i) pi-hat_i. Their parameter-free choice is the
indicator I(i = 1). The theory asks that the average of beta goes to 0 with the number of rounds: so it does for the
indicator and the exponential; `linear` and `constant` keep the expert at the wheel half the time, for comparison.
"""

from collections.abc import Callable

from envs.core.naming import check_known

Schedule = Callable[[int, int], float]


def indicator(round_index: int, num_rounds: int) -> float:
    """1 in the first round, then 0."""
    return float(round_index == 1)


def exponential(round_index: int, num_rounds: int) -> float:
    """Halves every round: 0.5 ** (i - 1)."""
    return 0.5 ** (round_index - 1)


def linear(round_index: int, num_rounds: int) -> float:
    """Falls evenly from 1 in the first round to 0 in the last."""
    return 1.0 if num_rounds == 1 else (num_rounds - round_index) / (num_rounds - 1)


def constant(round_index: int, num_rounds: int) -> float:
    """Half, always, after a first round by the expert alone."""
    return 1.0 if round_index == 1 else 0.5


SCHEDULES: dict[str, Schedule] = {
    "indicator": indicator,
    "exponential": exponential,
    "linear": linear,
    "constant": constant,
}


def mixing(name: str, round_index: int, num_rounds: int) -> float:
    """Share of round `round_index` (from 1) under the schedule `name`.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    check_known("mixing schedule", name, SCHEDULES)
    return SCHEDULES[name](round_index, num_rounds)
