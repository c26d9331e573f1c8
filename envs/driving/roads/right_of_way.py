"""Who goes first at a junction, and who may enter when: control kinds, ranks and signal phases."""

from collections.abc import Sequence
from dataclasses import dataclass

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.junction_shape import Arm
from envs.driving.roads.turn_lanes import LEFT, Movement, side_of
from envs.kernels.road_records import FREE, GREEN, RED, SIGNAL, STOP, YELLOW, YIELD

CONTROLS = ("none", "priority", "stop", "signals")
YELLOW_TIME, ALL_RED_TIME = 3.0, 2.0


@dataclass(frozen=True)
class Control:
    """How a junction is ruled."""

    kind: str  # one of CONTROLS
    major: tuple[int, ...] = ()  # arms that have priority
    minor: int = YIELD  # what rules the other arms then: YIELD or STOP
    phases: tuple[tuple[tuple[int, bool], ...], ...] = ()  # each: (arm, left turns?) that are green together
    greens: tuple[float, ...] = ()  # how long each phase is green [s]
    offset: float = 0.0  # of the signals' cycle [s]


Phase = tuple[tuple[int, bool], ...]


def signal_phases(arms: Sequence[Arm], pairs: Sequence[Sequence[int]], left_only: bool) -> tuple[Phase, ...]:
    """Phases in which the arms of a pair are green together; left turns with lanes of their own go before."""
    phases: list[Phase] = []
    for pair in pairs:
        if left_only and len(pair) == 2 and arms[pair[0]].lanes > 1:
            turning = [arm for arm in pair if any(side_of(arms[arm], to) == LEFT for to in arms)]
            phases.append(tuple((arm, True) for arm in turning))
            phases.append(tuple((arm, False) for arm in pair))
        else:
            phases.append(tuple((arm, left) for arm in pair for left in (False, True)))
    return tuple(phase for phase in phases if phase)


def add_signals(builder: NetworkBuilder, control: Control) -> tuple[dict[tuple[int, bool], int], dict[int, int]]:
    """A signal per (arm, left turns?), and per arm one that is red only where all of that arm's are."""
    of_movement: dict[tuple[int, bool], int] = {}
    of_arm: dict[int, int] = {}
    known: dict[tuple[int, ...], int] = {}
    for arm in sorted({arm for phase in control.phases for arm, _ in phase}):
        shown = {left: _phases_with(control, arm, (left,)) for left in (False, True)}
        both = _phases_with(control, arm, (False, True))
        for phases in (shown[False], shown[True], both):
            if phases and phases not in known:
                known[phases] = _add_signal(builder, control, phases)
        of_arm[arm] = known[both]
        for left in (False, True):
            of_movement[arm, left] = known[shown[left] or both]
    return of_movement, of_arm


def entry_rule(control: Control, arm: int) -> int:
    """What rules the entry from an arm: FREE, YIELD, STOP or SIGNAL."""
    if control.kind == "signals":
        return SIGNAL
    if control.kind == "stop":
        return STOP
    return control.minor if control.kind == "priority" and arm not in control.major else FREE


def goes_first(control: Control, own: Movement, other: Movement) -> bool:
    """Whether one movement has the right of way over another, wherever they share ground.

    Priority: major before minor, and on either street straight and right before left. Signals: the same between
    movements that are green together, and of two left turns the one of the lower arm.
    """
    if own.arm == other.arm:
        return False
    if control.kind == "priority":
        return _rank(control, own) < _rank(control, other)
    if control.kind == "signals" and _together(control, own, other):
        return (own.side == LEFT, own.arm) < (other.side == LEFT, other.arm)
    return False


def _rank(control: Control, movement: Movement) -> tuple[bool, bool]:
    return movement.arm not in control.major, movement.side == LEFT


def _together(control: Control, own: Movement, other: Movement) -> bool:
    keys = (own.arm, own.side == LEFT), (other.arm, other.side == LEFT)
    return any(keys[0] in phase and keys[1] in phase for phase in control.phases)


def _phases_with(control: Control, arm: int, lefts: Sequence[bool]) -> tuple[int, ...]:
    return tuple(k for k, phase in enumerate(control.phases) if any((arm, left) in phase for left in lefts))


def _add_signal(builder: NetworkBuilder, control: Control, phases: tuple[int, ...]) -> int:
    colours: list[int] = []
    durations: list[float] = []
    for phase, green in enumerate(control.greens):
        shown = (GREEN, YELLOW, RED) if phase in phases else (RED, RED, RED)
        for colour, duration in zip(shown, (green, YELLOW_TIME, ALL_RED_TIME), strict=True):
            if colours and colours[-1] == colour:
                durations[-1] += duration
            else:
                colours.append(colour)
                durations.append(duration)
    return builder.add_signal(colours, durations, control.offset)
