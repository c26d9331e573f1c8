"""Out to Minari and back in: not a bit is lost, whatever its defaults do to rasters."""

import numpy as np
import pytest
from gymnasium import spaces

import agents
from envs.episodes import EpisodeStore
from experiments.cli import main
from experiments.collect import collect
from experiments.environments import make_env
from experiments.export import export_minari
from experiments.imports import import_minari

minari = pytest.importorskip("minari", reason="Minari belongs to the extra `data`")
for needed in ("h5py", "PIL"):
    pytest.importorskip(needed, reason="Minari's HDF5 files need it")

NAME = "crossroads/tested-v0"
GRIDS = {"size": 6, "observe": ("occupancy", "ego"), "max_steps": 12}
ROADS = {"max_steps": 4, "observe": ("occupancy", "ego", "actors"), "num_actors": 4, "extent": (24.0, 8.0, 16.0, 16.0)}


@pytest.fixture(autouse=True)
def datasets(tmp_path, monkeypatch):
    folder = tmp_path / "datasets"
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder))
    return folder


def record(path, name, arguments, *, episodes=5, label=True, agent="random"):
    env = make_env(name, arguments)
    options = {"episodes": episodes, "num_envs": 4, "label": label, "progress": False}
    return collect(agents.make(agent, env), env, path, **options)


def contents(store):
    facts = (store.env_id, store.env_arguments, store.agent, list(store.manifest.arrays))
    return facts, {name: (entry.shape, entry.dtype, entry.crc32) for name, entry in store.manifest.arrays.items()}


@pytest.mark.parametrize(
    ("name", "arguments", "label"),
    [("GridNav-v0", GRIDS, True), ("GridNav-v0", GRIDS, False), ("Intersection-v0", ROADS, True)],
    ids=["grids with labels", "grids without", "roads with labels"],
)
def test_a_store_survives_the_round_trip_bit_by_bit(tmp_path, name, arguments, label):
    store = record(tmp_path / "store", name, arguments, label=label)
    assert ("step/expert_action" in store.manifest.arrays) == label
    export_minari(store, NAME, progress=False)
    again = import_minari(NAME, tmp_path / "again", progress=False)
    assert contents(again) == contents(store)
    EpisodeStore.open(tmp_path / "again", verify=True)


def test_users_of_minari_find_everything_where_they_look_for_it(tmp_path):
    store = record(tmp_path / "store", "GridNav-v0", GRIDS)
    export_minari(store, NAME, progress=False)
    dataset = minari.load_dataset(NAME)
    from minari.namespace import list_local_namespaces

    assert "crossroads" in list_local_namespaces()
    assert list(minari.list_local_datasets()) == [NAME]
    assert (dataset.total_episodes, dataset.total_steps) == (store.num_episodes, store.num_steps)
    assert dataset.observation_space == make_env("GridNav-v0", GRIDS).observation_space
    env = dataset.recover_environment()
    for metadata, found in zip(dataset.storage.get_episode_metadata(range(5)), dataset, strict=True):
        seen, _ = env.reset(seed=metadata["seed"], options={"level": int(metadata["options"]["level"])})
        assert all((found.observations[key][0] == array).all() for key, array in seen.items())
        assert len(found.infos["expert_action"]) == len(found)
        outcome = [env.step(action) for action in found.actions][-1]
        assert outcome[4]["metrics"]["success"] == metadata["episode"]["success"]


def buffer(raster):
    from minari.data_collector import EpisodeBuffer

    flags = np.zeros(2, bool)
    steps = {"actions": np.zeros(2, np.int64), "rewards": np.zeros(2), "terminations": flags, "truncations": flags}
    return EpisodeBuffer(observations={"labels": np.stack([raster] * 3)}, **steps)


@pytest.fixture
def label_map():
    return (255 * np.random.default_rng(0).integers(0, 2, (64, 64, 3))).astype(np.uint8)


def write_by_default(label_map):
    space = spaces.Dict({"labels": spaces.Box(0, 255, label_map.shape, np.uint8)})
    with pytest.warns(UserWarning, match="is set to None"):
        return minari.create_dataset_from_buffers(
            NAME, [buffer(label_map)], observation_space=space, action_space=spaces.Discrete(2)
        )


def test_by_default_minari_damages_a_raster_of_labels(label_map):
    found = write_by_default(label_map)[0].observations["labels"][0]
    assert found.shape == label_map.shape
    assert (found != label_map).mean() > 0.2
    assert len(np.unique(found)) > 100


def test_a_dataset_with_damaged_rasters_is_refused(tmp_path, label_map):
    write_by_default(label_map)
    with pytest.raises(ValueError, match=r"labels.* as JPEG, which damages labels"):
        import_minari(NAME, tmp_path / "store", progress=False)
    assert not (tmp_path / "store").exists()


def test_rasters_of_ours_are_no_pictures_to_this_minari_and_would_not_be_compressed_even_so(tmp_path):
    from minari.dataset.minari_storage import is_image_space

    longest = make_env("Intersection-v0", {"history": 20}).observation_space["occupancy"]
    assert longest.shape[0] < 32
    assert not is_image_space(longest)
    assert not is_image_space(make_env("GridNav-v0", {"size": 64}).observation_space["occupancy"])
    export_minari(record(tmp_path / "store", "GridNav-v0", GRIDS, episodes=2), NAME, progress=False)
    assert not minari.load_dataset(NAME).storage.jpeg_encoding


def test_what_others_recorded_in_our_worlds_is_taken_too(tmp_path):
    from minari.data_collector import EpisodeBuffer

    env = make_env("GridNav-v0", GRIDS)
    seen, _ = env.reset(seed=3)
    rows = {key: np.stack([array] * 3) for key, array in seen.items()}
    flags = np.array([False, True])
    steps = {
        "actions": np.zeros(2, np.int64),
        "rewards": np.ones(2),
        "truncations": flags,
        "terminations": flags & False,
    }
    infos = {"optimal": np.zeros(3), "expert_action": np.ones(2, np.int64), "nested": {"a": np.zeros(2)}}
    found = EpisodeBuffer(observations=rows, infos=infos, **steps)
    with pytest.warns(UserWarning, match="is set to None"):
        minari.create_dataset_from_buffers(NAME, [found], env=env, jpeg_encoding=False)
    store = import_minari(NAME, tmp_path / "store", progress=False)
    assert store.env_id == "crossroads/GridNav-v0"
    assert store.env_arguments["size"] == 6
    assert store.agent == "unknown"
    assert (store.episodes["level"][0], store.episodes["seed"][0]) == (-1, -1)
    assert set(store.steps) == {"action", "reward", "terminated", "truncated", "expert_action"}


def test_the_commands_go_there_and_back(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MINARI_DATASETS_PATH")
    record(tmp_path / "store", "GridNav-v0", GRIDS)
    place = ["--minari", NAME, "--path", str(tmp_path / "elsewhere")]
    assert main(["export", "--store", str(tmp_path / "store"), *place]) == 0
    assert main(["import", "--out", str(tmp_path / "again"), *place]) == 0
    assert "5 episodes" in capsys.readouterr().out
    assert contents(EpisodeStore.open(tmp_path / "again")) == contents(EpisodeStore.open(tmp_path / "store"))
    assert main(["export", "--store", str(tmp_path / "store"), *place]) == 2
    assert "holds a dataset already" in capsys.readouterr().err
    assert main(["import", "--out", str(tmp_path / "again"), *place]) == 2
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert main(["export", "--store", str(tmp_path / "store"), *place, "--overwrite"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--minari", "nav"], "name of a Minari dataset with its version, such as crossroads/nav-v0, got 'nav'"),
        (["--minari", "crossroads/nowhere-v3"], "No Minari dataset at"),
    ],
)
def test_mistakes_cost_one_line(words, message, tmp_path, capsys):
    assert main(["import", "--out", str(tmp_path / "store"), *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_what_was_written_before_an_interrupt_is_removed(tmp_path, monkeypatch, datasets):
    store = record(tmp_path / "store", "GridNav-v0", GRIDS)
    monkeypatch.setattr(EpisodeStore, "episode", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        export_minari(store, NAME, progress=False)
    assert list(datasets.iterdir()) == []


def test_without_minari_the_extra_that_brings_it_is_named(tmp_path, monkeypatch, capsys):
    def absent(name):
        if name == "minari":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("experiments.interchange.import_module", absent)
    assert main(["import", "--minari", NAME, "--out", str(tmp_path / "store")]) == 2
    assert "need minari, which is not installed" in capsys.readouterr().err
