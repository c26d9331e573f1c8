import numpy as np
import pytest


def test_an_unknown_overlay_is_named_with_the_nearest_and_all_known(make_scene):
    with pytest.raises(ValueError, match=r"Unknown overlay 'plans'. Did you mean 'plan'\? Known overlays: .*value_map"):
        make_scene(overlay={"plans": np.zeros((3, 2), dtype=int)})


def test_an_unknown_status_is_named(make_scene):
    with pytest.raises(ValueError, match="Unknown status 'crash'"):
        make_scene(status="crash")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("plan", (3,)),
        ("plan", (3, 3)),
        ("candidates", (3, 2)),
        ("value_map", (8, 7)),
        ("occupancy_probability", (2, 8, 8)),
        ("action_probabilities", (6,)),
    ],
)
def test_an_overlay_with_other_axes_is_refused_with_both_shapes(make_scene, name, shape):
    with pytest.raises(ValueError, match=rf"overlay '{name}' must have axes .* got shape \({shape[0]}"):
        make_scene(overlay={name: np.zeros(shape)})


@pytest.mark.parametrize("wrong", [-0.5, 1.5, np.nan])
def test_a_probability_outside_its_range_is_shown_with_its_index(make_scene, wrong):
    probability = np.zeros((8, 8))
    probability[2, 5] = wrong
    with pytest.raises(ValueError, match=rf"probabilities in \[0, 1\], got {wrong} at \(2, 5\)"):
        make_scene(overlay={"occupancy_probability": probability})


def test_an_actor_outside_the_grid_is_named(make_scene):
    with pytest.raises(ValueError, match=r"cells\[0\] = \(8, 3\) lies outside the \(8, 8\) grid"):
        make_scene(cell=(8, 3))


def test_goals_for_other_actors_than_there_are_cells_are_refused(make_scene):
    # a type checker, where one is on, comes first
    with pytest.raises((ValueError, TypeError), match="goals"):
        make_scene(goals=np.zeros((2, 2), dtype=int))


def test_a_terrain_class_without_a_name_is_refused(make_scene):
    with pytest.raises(ValueError, match="terrain holds class 2, but terrain_names has only 2"):
        make_scene(terrain=np.full((8, 8), 2, dtype=np.uint8), terrain_names=("road", "grass"))


def test_the_judged_agent_is_the_first_controlled_actor_or_else_the_first(make_scene):
    three = {"cells": np.zeros((3, 2), int), "goals": np.zeros((3, 2), int), "active": np.ones(3, bool)}
    assert make_scene(**three, controlled=np.array([False, False, True])).judged == 2
    assert make_scene(**three, controlled=np.zeros(3, dtype=bool)).judged == 0
