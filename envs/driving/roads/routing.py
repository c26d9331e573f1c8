"""Routes for controlled vehicles: legal sequences of lanes."""

from collections.abc import Mapping, Sequence

import numpy as np

from envs.driving.roads.turn_lanes import Movement


def junction_routes(
    rng: np.random.Generator,
    incoming: Sequence[Sequence[int]],
    outgoing: Sequence[Sequence[int]],
    connectors: Mapping[Movement, int],
) -> list[list[int]]:
    """Every way through one junction, in random order; then the same ways begun a lane further off.

    Each is an incoming lane (and, in the second half, the one beside it before), a connector, an outgoing lane.
    """
    plain, changing = [], []
    for movement, connector in connectors.items():
        lanes = incoming[movement.arm]
        rest = [lanes[movement.lane], connector, outgoing[movement.to][movement.to_lane]]
        plain.append(rest)
        changing += [
            [lanes[other], *rest] for other in (movement.lane - 1, movement.lane + 1) if 0 <= other < len(lanes)
        ]
    return [plain[k] for k in rng.permutation(len(plain))] + [changing[k] for k in rng.permutation(len(changing))]
