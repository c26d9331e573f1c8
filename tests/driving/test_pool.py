"""A pool's slots: who stays, who goes, and that nothing is lost or left over when arrays grow or slots are reused."""

import numpy as np
import pytest
from road_levels import circle, crossing, roads_of, straight_road, two_lanes

from envs.driving.network import Network
from envs.driving.painting import unpaired
from envs.driving.pool import Pool
from envs.driving.roads.town import build as build_town
from envs.driving.slots import COPIED
from envs.kernels.road_records import CROSSWALK_BIT, DRIVABLE_BIT, FRAME, MARGIN_CAP, MARGIN_STEP, MARGIN_ZERO, TRACK


class Builds:
    """Counts how often something is built."""

    def __init__(self, network):
        self.network, self.count = network, 0

    def __call__(self):
        self.count += 1
        return self.network


def assert_same(found: Network, expected: Network):
    for name in COPIED:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    assert (found.name, found.demand, found.pedestrians) == (expected.name, expected.demand, expected.pedestrians)


def test_whoever_asks_for_the_same_key_shares_a_slot():
    pool, build = Pool(3), Builds(straight_road())
    assert pool.acquire("a", build) == pool.acquire("a", build)
    assert build.count == 1
    assert pool.acquire("b", build) != pool.acquire("a", build)


def test_a_released_network_is_still_there_until_its_slot_is_needed():
    pool, build = Pool(1), Builds(straight_road())
    slot = pool.acquire("a", build)
    pool.release(slot)
    assert pool.acquire("a", build) == slot
    assert build.count == 1
    pool.release(slot)
    pool.acquire("b", Builds(circle()))
    pool.release(slot)
    pool.acquire("a", build)
    assert build.count == 2


def test_the_slot_that_has_been_free_for_longest_is_overwritten():
    pool, build = Pool(3), Builds(straight_road())
    slots = {key: pool.acquire(key, build) for key in "abc"}
    for key in "bac":
        pool.release(slots[key])
    pool.release(pool.acquire("b", build))  # used again: now a has been free for longest
    assert pool.acquire("d", build) == slots["a"]
    assert pool.acquire("e", build) == slots["c"]
    assert pool.acquire("b", build) == slots["b"]
    assert build.count == 5


def test_a_slot_that_never_held_anything_goes_first():
    pool, build = Pool(2), Builds(straight_road())
    first = pool.acquire("a", build)
    pool.release(first)
    assert pool.acquire("b", build) != first


def test_a_slot_is_free_after_as_many_releases_as_acquires():
    pool, build = Pool(1), Builds(straight_road())
    slot = pool.acquire("a", build)
    pool.acquire("a", build)
    pool.release(slot)
    with pytest.raises(RuntimeError, match="All 1 slots of the pool are held: no room for 'b'"):
        pool.acquire("b", build)
    pool.release(slot)
    pool.acquire("b", build)


@pytest.mark.parametrize("slot", [0, 1, -1, 7])
def test_what_is_not_held_cannot_be_released(slot):
    pool = Pool(2)
    pool.release(pool.acquire("a", straight_road))
    with pytest.raises(ValueError, match=f"Slot {slot} is not held"):
        pool.release(slot)


@pytest.mark.parametrize("slot", [1, -1, 7])
def test_an_empty_slot_holds_no_network(slot):
    pool = Pool(2)
    pool.acquire("a", straight_road)
    with pytest.raises(ValueError, match=f"Slot {slot} holds no network"):
        pool.network(slot)


def test_a_pool_needs_a_slot():
    with pytest.raises(ValueError, match="num_slots=0"):
        Pool(0)


def test_a_level_that_cannot_be_built_changes_nothing():
    pool = Pool(1)
    slot = pool.acquire("a", straight_road)
    pool.release(slot)

    def fail():
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        pool.acquire("b", fail)
    assert pool.network(slot).name == "straight"
    build = Builds(straight_road())
    pool.acquire("a", build)
    assert build.count == 0


def test_growing_keeps_what_is_there():
    pool, networks = Pool(4), [straight_road(20.0), two_lanes(), crossing(), circle(60.0)]
    slots = []
    for key, network in enumerate(networks):
        slots.append(pool.acquire(key, lambda network=network: network))
        for slot, expected in zip(slots, networks, strict=False):
            assert_same(pool.network(slot), expected)
    for slot, network in zip(slots, networks, strict=True):
        alone, together = roads_of(network), pool.roads
        counts = together.counts[slot]
        assert counts == alone.counts[0]
        rows, cols = counts["rows"], counts["cols"]
        painted = [unpaired(raster[:rows], int(cols)) for raster in (together.raster[slot], alone.raster[0])]
        np.testing.assert_array_equal(*painted)
        np.testing.assert_array_equal(together.margin[slot, :rows, :cols], alone.margin[0, :rows, :cols])
        np.testing.assert_array_equal(together.lookup_first[slot, : alone.lookup_first.size], alone.lookup_first[0])
        np.testing.assert_array_equal(together.lookup_lanes[slot, : alone.lookup_lanes.size], alone.lookup_lanes[0])


def test_arrays_are_replaced_only_when_they_must_grow():
    pool = Pool(3)
    pool.acquire("large", two_lanes)
    before = pool.roads
    pool.acquire("small", straight_road)
    assert pool.roads is before
    pool.acquire("larger", crossing)
    assert pool.roads is not before
    assert pool.roads.raster.shape[1] > before.raster.shape[1]


def test_nothing_is_left_over_in_a_slot_that_is_used_again():
    pool = Pool(1)
    pool.release(pool.acquire("large", crossing))
    used = pool.roads.counts[0]["rows"]
    pool.acquire("small", straight_road)
    roads, small = pool.roads, straight_road()
    for name in COPIED:
        kept = len(getattr(small, name))
        assert not getattr(roads, name)[0, kept:].view(np.uint8).any(), name
    assert_same(pool.network(0), small)
    counts = roads.counts[0]
    assert not roads.raster[0, counts["rows"] :].any()
    assert (roads.margin[0, counts["rows"] : used] == 255).all()
    assert not unpaired(roads.raster[0], 2 * roads.raster.shape[2])[:, counts["cols"] :].any()


def test_tracks_of_recordings_come_along():
    frames = np.zeros((3, 7), FRAME)
    frames["x"] = np.arange(21).reshape(3, 7)
    network = straight_road()._replace(tracks=np.ones(3, TRACK), frames=frames)
    pool = Pool(2)
    pool.acquire("a", lambda: network)
    pool.acquire("b", crossing)
    assert_same(pool.network(0), network)
    assert pool.roads.counts[0]["tracks"] == 3


def test_the_raster_lies_over_the_road_with_room_around_it():
    roads = roads_of(straight_road(50.0), cell=0.5)
    counts = roads.counts[0]
    assert (counts["x"], counts["y"]) == pytest.approx((-3.75, -3.75))  # half a lane and two metres
    rows, cols = counts["rows"], counts["cols"]
    raster = unpaired(roads.raster[0, :rows], int(cols))
    drivable = raster & DRIVABLE_BIT
    at = (np.argwhere(drivable)[:, ::-1] + 0.5) * 0.5 + (counts["x"], counts["y"])
    assert at.min(axis=0) == pytest.approx((0.25, -1.5), abs=0.26)
    assert at.max(axis=0) == pytest.approx((49.75, 1.5), abs=0.26)
    assert not (raster & CROSSWALK_BIT).any()
    margin = (roads.margin[0, :rows, :cols] - float(MARGIN_ZERO)) * MARGIN_STEP
    assert margin[0].min() == pytest.approx(MARGIN_CAP)
    assert margin[rows // 2, cols // 2] <= 0.0


def test_1024_towns_fit_into_their_share_of_memory():
    pool = Pool(1024)
    for level in range(6):
        pool.acquire(level, lambda level=level: build_town(np.random.Generator(np.random.PCG64([level, 1]))))
    # 2 GiB are 2.1 MB for each of 1024 worlds; state, views and painted lines need a tenth of it.
    assert pool.num_bytes / pool.num_slots < 1.6e6
