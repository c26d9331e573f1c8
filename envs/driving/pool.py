"""The slots in which the roads of a batch of worlds lie, shared by all worlds that play the same level."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from envs.driving.network import Network, RoadPool
from envs.driving.slots import COPIED, grown, lay_out, new_roads, place, shapes
from envs.kernels.bundles import bundle

RECENT = 8
"""Networks whose pictures (areas, lines) are kept; others are built again when somebody wants to see them."""


class Pool:
    """A fixed number of slots for networks, each known by a key.

    A slot is held once for each `acquire`, and free after as many `release`s; free slots keep their network, for
    whoever asks for it again, until the room is needed: then the one that has been free for longest goes.
    """

    def __init__(self, num_slots: int, *, cell: float = 0.5) -> None:
        """`cell`: side of the raster's cells [m]."""
        if num_slots < 1:
            raise ValueError(f"A pool needs at least one slot: got num_slots={num_slots}.")
        self.cell = cell
        self._hold(new_roads(num_slots))
        self._kept: list[_Kept | None] = [None] * num_slots
        self._recent: OrderedDict[int, Network] = OrderedDict()
        self._slots: dict[Hashable, int] = {}
        self._holders = [0] * num_slots
        self._free = OrderedDict.fromkeys(range(num_slots))

    def _hold(self, roads: RoadPool) -> None:
        self.roads = roads
        self.bundle = bundle(roads)
        """The same for kernels."""

    @property
    def num_slots(self) -> int:
        """How many networks there is room for."""
        return len(self._kept)

    @property
    def num_bytes(self) -> int:
        """Size of all arrays."""
        return sum(array.nbytes for array in self.roads)

    def acquire(self, key: Hashable, build: Callable[[], Network]) -> int:
        """The slot that holds the network of `key`, built if it is not there. Read `roads` afresh afterwards.

        Raises `RuntimeError` if all slots are held; whatever `build` raises passes through and changes nothing.
        """
        slot = self._slots.get(key)
        if slot is None:
            slot = self._fill(key, build)
        self._holders[slot] += 1
        self._free.pop(slot, None)
        return slot

    def release(self, slot: int) -> None:
        """Give back what one `acquire` returned."""
        if not 0 <= slot < self.num_slots or self._holders[slot] == 0:
            raise ValueError(f"Slot {slot} is not held: it cannot be released.")
        self._holders[slot] -= 1
        if self._holders[slot] == 0:
            self._free[slot] = None

    def network(self, slot: int) -> Network:
        """What lies in a slot; its arrays are views of `roads`, good until the slot is filled anew."""
        kept = self._kept[slot] if 0 <= slot < self.num_slots else None
        if kept is None:
            raise ValueError(f"Slot {slot} holds no network.")
        if slot not in self._recent:
            self._remember(slot, kept.build())
        return self._recent[slot]._replace(
            **{
                name: getattr(self.roads, name)[(slot, *(slice(side) for side in shape))]
                for name, shape in kept.shapes.items()
            }
        )

    def _fill(self, key: Hashable, build: Callable[[], Network]) -> int:
        if not self._free:
            raise RuntimeError(f"All {self.num_slots} slots of the pool are held: no room for {key!r}.")
        network = build()
        layout = lay_out(network, self.cell)
        slot = next(iter(self._free))
        self._empty(slot)
        num_used = max((k + 1 for k, kept in enumerate(self._kept) if kept is not None), default=0)
        if (roads := grown(self.roads, shapes(network, layout), num_used)) is not self.roads:
            self._hold(roads)
        place(self.roads, slot, network, layout)
        self._kept[slot] = _Kept(key, build, {name: getattr(network, name).shape for name in COPIED})
        self._slots[key] = slot
        self._remember(slot, network)
        return slot

    def _remember(self, slot: int, network: Network) -> None:
        """What the pool's arrays do not hold of a network, for some of them: a thousand towns' would fill 300 MB."""
        self._recent[slot] = network._replace(**{name: getattr(network, name)[:0].copy() for name in COPIED})
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _empty(self, slot: int) -> None:
        kept = self._kept[slot]
        if kept is not None:
            del self._slots[kept.key]
            self._kept[slot] = None
            self._recent.pop(slot, None)


@dataclass(frozen=True)
class _Kept:
    """What is remembered of a slot beside the arrays of the pool."""

    key: Hashable
    build: Callable[[], Network]
    """Makes the same network again."""
    shapes: dict[str, tuple[int, ...]]
    """Of the arrays that the pool holds."""
