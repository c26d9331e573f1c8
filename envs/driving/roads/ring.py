"""A roundabout: a ring split at each arm, ways in that yield to it, and ways out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import joined, straight
from envs.driving.roads.ring_ground import add_ground
from envs.driving.roads.ring_shape import RingShape, Way, lane_for, mirrored, placed, ways_in
from envs.kernels.road_records import CONNECTOR, ROAD, YIELD


@dataclass(frozen=True)
class Ring:
    """The lanes of a roundabout. Lane 0 of the ring is the outermost, lane 0 of an arm the one next to its middle."""

    between: list[tuple[int, ...]] = field(default_factory=list)
    """[arm][lane]: from where an arm enters to where the next one leaves."""
    across: list[tuple[int, ...]] = field(default_factory=list)
    """[arm][lane]: past an arm, from where it leaves to where it enters."""
    entries: list[list[tuple[int, int]]] = field(default_factory=list)
    """[arm][lane of the ring]: approach and connector, behind one of the arm's incoming lanes."""
    exits: list[list[tuple[int, int]]] = field(default_factory=list)
    """[arm][lane of the ring]: connector and departure, before one of the arm's outgoing lanes."""

    def way(self, arm: int, to: int, lane: int) -> list[int]:
        """Lanes from an arm's incoming to another's outgoing lane (its own: all the way round)."""
        lanes = [*self.entries[arm][lane], self.between[arm][lane]]
        k = (arm + 1) % len(self.between)
        while k != to:
            lanes += [self.across[k][lane], self.between[k][lane]]
            k = (k + 1) % len(self.between)
        return lanes + list(self.exits[to][lane])


def add_roundabout(
    builder: NetworkBuilder,
    shape: RingShape,
    *,
    number: int,
    incoming: Sequence[Sequence[int]],
    outgoing: Sequence[Sequence[int]],
) -> Ring:
    """Join the lanes of a roundabout's arms (each arm's next to the middle first); `number` is the junction's id.

    Incoming lanes end, outgoing ones begin, at the shape's stops. From an arm one enters, and to it one leaves, as
    many lanes of the ring as it has itself: outermost to outermost (`lane_for`).
    """
    ring = Ring()
    _add_ring(builder, shape, ring, number)
    known: dict[tuple[int, float], list[Way]] = {}
    for k, arm in enumerate(shape.arms):
        if (arm.lanes, arm.width) not in known:
            known[arm.lanes, arm.width] = ways_in(shape, k)
        ways = known[arm.lanes, arm.width]
        ring.entries.append(_add_entries(builder, shape, k, ways, incoming[k], number))
        ring.exits.append(_add_exits(builder, shape, k, ways, outgoing[k], number))
    _connect_ring(builder, ring)
    _rule(builder, ring)
    add_ground(builder, shape, known)
    return ring


def _add_ring(builder: NetworkBuilder, shape: RingShape, ring: Ring, number: int) -> None:
    for k in range(len(shape.arms)):
        stretches = (shape.leaves_at(k), shape.enters_at(k)), (shape.enters_at(k), shape.leaves_at(shape.after(k)))
        for (begin, end), places, joint in zip(
            stretches, (ring.across, ring.between), ((CONNECTOR, number), (ROAD, -1)), strict=True
        ):
            lanes = tuple(
                builder.add_lane(
                    shape.sector(lane, begin, end),
                    width=shape.width,
                    limit=shape.limit,
                    kind=joint[0],
                    junction=joint[1],
                )
                for lane in range(shape.lanes)
            )
            places.append(lanes)
        for right, left in pairwise(ring.between[k]):
            builder.neighbours(left, right)


def _connect_ring(builder: NetworkBuilder, ring: Ring) -> None:
    for k in range(len(ring.between)):
        before = ring.between[k - 1]
        for lane, (across, between) in enumerate(zip(ring.across[k], ring.between[k], strict=True)):
            builder.connect(before[lane], across)
            builder.connect(across, between)
        for lane, ((_, entry), (leave, _)) in enumerate(zip(ring.entries[k], ring.exits[k], strict=True)):
            builder.connect(before[lane], leave)
            builder.connect(entry, ring.between[k][lane])


def _add_entries(
    builder: NetworkBuilder, shape: RingShape, k: int, ways: list[Way], incoming: Sequence[int], number: int
) -> list[tuple[int, int]]:
    arm, lead, entries = shape.arms[k], shape.stops[k] - shape.mouths[k], []
    for lane, way in enumerate(ways):
        poses = way.approach
        if lead > 0.0:
            x, y, heading = poses[0].tolist()
            poses = joined(straight((x + lead, y, heading), lead), poses)
        poses, into = (placed(piece, shape.centre, arm.heading) for piece in (poses, way.entry))
        approach = builder.add_lane(poses, width=arm.width, limit=arm.limit)
        limit = max(arm.limit, shape.limit)
        entry = builder.add_lane(into, width=arm.width, limit=limit, kind=CONNECTOR, junction=number, control=YIELD)
        builder.add_bar_at_end(approach)
        builder.connect(incoming[lane_for(arm.lanes, lane)], approach)
        builder.connect(approach, entry)
        entries.append((approach, entry))
    return entries


def _add_exits(
    builder: NetworkBuilder, shape: RingShape, k: int, ways: list[Way], outgoing: Sequence[int], number: int
) -> list[tuple[int, int]]:
    arm, lead, exits = shape.arms[k], shape.stops[k] - shape.mouths[k], []
    for lane, way in enumerate(ways):
        poses = mirrored(way.approach)
        if lead > 0.0:
            poses = joined(poses, straight(tuple(poses[-1].tolist()), lead))
        out, poses = (placed(piece, shape.centre, arm.heading) for piece in (mirrored(way.entry), poses))
        limit = max(arm.limit, shape.limit)
        leave = builder.add_lane(out, width=arm.width, limit=limit, kind=CONNECTOR, junction=number)
        departure = builder.add_lane(poses, width=arm.width, limit=arm.limit)
        builder.connect(leave, departure)
        builder.connect(departure, outgoing[lane_for(arm.lanes, lane)])
        exits.append((leave, departure))
    return exits


def _rule(builder: NetworkBuilder, ring: Ring) -> None:
    """Those in the ring go first; of those, whoever leaves from further inside gives way to the lanes it crosses."""
    for k, across in enumerate(ring.across):
        for lane in across:
            for _, entry in ring.entries[k]:
                builder.prefer(lane, entry)
        for inner in range(1, len(ring.exits[k])):
            for outer in range(inner):
                builder.prefer(across[outer], ring.exits[k][inner][0])
