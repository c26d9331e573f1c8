"""The prepared comparisons name what exists, in configs that are valid, and are fair to everybody."""

import pytest

from experiments.comparison.entrants import learns, needs_store
from experiments.comparison.runs import runs_of
from experiments.comparison.training import jobs_of
from experiments.environments import make_env
from experiments.studies import STUDIES


@pytest.fixture(params=STUDIES)
def study(request):
    return STUDIES[request.param]()


def test_agents_and_worlds_exist_and_take_their_arguments(study, tmp_path):
    runs = runs_of(study, tmp_path)
    assert {run.place.name for run in runs} == {place.name for place in study.places}
    for place in study.places:
        env = make_env(place.env, place.arguments)
        assert env.observation_space.keys()
        env.close()


def test_each_learner_has_three_seeds_and_all_of_a_place_share_its_demonstrations(study, tmp_path):
    runs = runs_of(study, tmp_path)
    for place in study.places:
        here = [run for run in runs if run.place is place]
        recorded = [run for run in here if needs_store(run.entrant.agent)]
        assert len({run.store for run in recorded}) == bool(recorded)
        assert {run.store for run in here if not needs_store(run.entrant.agent)} <= {None}
        for label in {run.entrant.label for run in here if learns(run.entrant.agent)}:
            assert len({run.seed for run in here if run.entrant.label == label}) >= 3
    assert len({run.played for run in runs}) == len(runs)
    assert len(jobs_of(runs)) <= len(runs)


def test_what_is_known_of_the_particle_is_asked_again():
    study = STUDIES["particle"]()
    assert [place.position for place in study.places] == [2, 5, 8, 16]
    assert {place.demonstrations for place in study.places} == {2000}
    assert len(study.entrants) == 8
