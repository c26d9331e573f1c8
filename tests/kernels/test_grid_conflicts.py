"""Everybody moves at once: nobody is run over, whoever can go goes, and no number is favoured."""

from itertools import combinations, permutations

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.small_worlds import scaled

from envs.kernels import grid_motion

many = settings(max_examples=scaled(300, 80))
OFFSETS = [(0, 0), *naive.MOVES]


@st.composite
def crowds(draw):
    """(cell, target, active, steps) of up to eight actors on nine cells."""
    places = draw(st.lists(st.integers(0, 8), min_size=2, max_size=8, unique=True))
    cell = [divmod(place, 3) for place in places]
    offsets = draw(st.lists(st.sampled_from(OFFSETS), min_size=len(cell), max_size=len(cell)))
    target = [(row + down, col + right) for (row, col), (down, right) in zip(cell, offsets, strict=True)]
    active = [draw(st.integers(0, 4)) > 0 for _ in cell]
    return cell, target, active, draw(st.integers(0, 40))


def resolve(cell, target, active=None, steps=0):
    """Where everybody ends up, and who was turned back."""
    after, stays = np.array(target, np.int32), np.zeros(len(cell), np.uint8)
    active = np.array(active or [True] * len(cell), np.uint8)
    grid_motion.resolve_conflicts(np.array(cell, np.int32), active, np.int64(steps), after, stays)
    return [tuple(place) for place in after.tolist()], stays.tolist()


@given(crowds())
@many
def test_conflicts_are_resolved_as_the_twin_resolves_them(crowd):
    cell, target, active, steps = crowd
    present = [actor for actor in range(len(cell)) if active[actor]]
    order = naive.turns(len(cell), steps)
    expected = naive.resolve_conflicts({a: cell[a] for a in present}, {a: target[a] for a in present}, order)
    after, stays = resolve(*crowd)
    assert {actor: after[actor] for actor in present} == expected
    assert stays == [int(active[a] and after[a] != target[a]) for a in range(len(cell))]


@given(crowds())
@many
def test_everybody_arrives_or_stays_and_those_who_stay_wanted_to_or_were_turned_back(crowd):
    cell, target, _, _ = crowd
    after, stays = resolve(*crowd)
    for actor, place in enumerate(after):
        assert place == (cell[actor] if stays[actor] else target[actor])


@given(crowds())
@many
def test_no_two_stand_in_one_cell_and_no_two_pass_through_each_other(crowd):
    cell, _, active, _ = crowd
    after, _ = resolve(*crowd)
    for a, b in combinations([actor for actor in range(len(cell)) if active[actor]], 2):
        assert after[a] != after[b]
        if after[a] != cell[a] and after[b] != cell[b]:
            assert naive.midpoint(cell[a], after[a]) != naive.midpoint(cell[b], after[b])


@given(crowds())
@many
def test_those_who_left_the_grid_are_in_nobodys_way(crowd):
    cell, target, active, steps = crowd
    elsewhere = [place if here else (9, 9) for place, here in zip(cell, active, strict=True)]
    after, _ = resolve(*crowd)
    moved, _ = resolve(elsewhere, target, active, steps)
    assert [p for p, here in zip(after, active, strict=True) if here] == [
        p for p, here in zip(moved, active, strict=True) if here
    ]


@given(crowds())
@many
def test_only_turns_tell_actors_apart(crowd):
    # Numbers go up by one and the step goes back by one: everybody's turn is what it was.
    cell, target, active, steps = crowd
    after, stays = resolve(*crowd)
    shifted = [(row[-1:] + row[:-1]) for row in (cell, target, active)]
    again, stays_again = resolve(*shifted, steps + len(cell) - 1)
    assert again == after[-1:] + after[:-1]
    assert stays_again == stays[-1:] + stays[:-1]


@given(crowds())
@many
def test_listing_a_finished_move_again_changes_nothing(crowd):
    cell, _, active, steps = crowd
    after, _ = resolve(*crowd)
    assert resolve(cell, after, active, steps) == (after, [0] * len(cell))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_followers_follow_whatever_their_numbers(order):
    cell = [(0, 2 - place) for place in order]
    target = [(row, col + 1) for row, col in cell]
    assert resolve(cell, target) == (target, [0, 0, 0])


@pytest.mark.parametrize("ring", [[(0, 0), (0, 1), (1, 1)], [(0, 0), (0, 1), (1, 1), (1, 0)]])
def test_rings_of_three_and_four_rotate(ring):
    assert resolve(ring, ring[1:] + ring[:1]) == (ring[1:] + ring[:1], [0] * len(ring))


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("cell", [[(0, 0), (0, 1)], [(0, 0), (1, 0)], [(0, 0), (1, 1)]])
def test_two_who_would_swap_both_stay(cell, steps):
    assert resolve(cell, cell[::-1], steps=steps) == (cell, [1, 1])


@pytest.mark.parametrize("steps", range(4))
def test_two_whose_diagonals_cross_both_stay(steps):
    cell, target = [(0, 0), (0, 1)], [(1, 1), (1, 0)]
    assert resolve(cell, target, steps=steps) == (cell, [1, 1])


def test_nobody_enters_the_cell_of_one_who_stays_however_long_the_queue():
    cell = [(0, col) for col in range(6)]
    target = [(0, col + 1) for col in range(5)] + [(0, 5)]
    assert resolve(cell, target) == (cell, [1, 1, 1, 1, 1, 0])


@pytest.mark.parametrize("num_actors", [2, 3, 5, 8])
def test_all_who_want_one_cell_get_it_equally_often(num_actors):
    cell = [naive.arrive((1, 1), move) for move in range(num_actors)]
    winners = [resolve(cell, [(1, 1)] * num_actors, steps=step)[1].index(0) for step in range(3 * num_actors)]
    assert np.bincount(winners).tolist() == [3] * num_actors


@pytest.mark.parametrize("num_actors", [2, 3, 6])
def test_against_each_of_the_others_in_turn_everybody_wins_half(num_actors):
    wins = np.zeros(num_actors, int)
    for a, b in combinations(range(num_actors), 2):
        for step in range(num_actors):
            cell = [(9, 2 * actor) for actor in range(num_actors)]
            cell[a], cell[b] = (0, 0), (0, 2)
            target = [(0, 1) if actor in (a, b) else place for actor, place in enumerate(cell)]
            wins[(a, b)[resolve(cell, target, steps=step)[1][a]]] += 1
    assert wins.tolist() == [num_actors * (num_actors - 1) // 2] * num_actors
