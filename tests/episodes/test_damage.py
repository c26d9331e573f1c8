"""A store that is not exactly what was written is refused, and the error says where and why."""

import json
import pickle
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from episodes.synthetic import clock_episode, random_episode, write_store
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.episodes import DamagedStoreError, EpisodeStore, EpisodeWriter
from envs.episodes.layout import HEADER_BYTES


@pytest.fixture
def store(tmp_path):
    return write_store(tmp_path / "store", [clock_episode(0, 3), clock_episode(1, 2)])


def generation(store):
    return store.path / store.manifest.generation


def refusal(path, **options) -> DamagedStoreError:
    with pytest.raises(DamagedStoreError) as caught:
        EpisodeStore.open(path, **options)
    return caught.value


def edit_manifest(store, **fields):
    """Change fields as a text editor would, without the checksum."""
    file = store.path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def forge(store, **fields):
    """A manifest with wrong content and a right checksum."""
    (store.path / "manifest.json").write_bytes(replace(store.manifest, **fields).encode())


def forge_ends(store, ends):
    """Wrong episode ends with a right checksum."""
    file = generation(store) / "episode_ends.npy"
    file.write_bytes(file.read_bytes()[:HEADER_BYTES] + ends.tobytes())
    entry = replace(store.manifest.arrays["episode_ends"], crc32=f"{crc32(ends.tobytes()):08x}")
    forge(store, arrays=store.manifest.arrays | {"episode_ends": entry})


@pytest.fixture(scope="module")
def spoilable():
    with tempfile.TemporaryDirectory() as folder:
        store = write_store(Path(folder), [random_episode(0), random_episode(1)])
        yield store, sorted(file for file in store.path.rglob("*.[nj]*") if file.is_file())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_flipped_bit_anywhere_is_refused_with_the_name_of_the_file(spoilable, data):
    store, files = spoilable
    file = data.draw(st.sampled_from(files))
    content = file.read_bytes()
    spoilt = bytearray(content)
    spoilt[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(spoilt)
    try:
        assert refusal(store.path).file == file
    finally:
        file.write_bytes(content)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused_even_without_verification(spoilable, data):
    store, files = spoilable
    file = data.draw(st.sampled_from(files))
    content = file.read_bytes()
    # The manifest's last byte is a newline, which it can do without.
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 2))])
    try:
        assert refusal(store.path, verify=False).file == file
    finally:
        file.write_bytes(content)


def test_bytes_too_many_are_refused(store):
    file = generation(store) / "step.reward.npy"
    size = file.stat().st_size
    with open(file, "ab") as handle:
        handle.write(b"!")
    error = refusal(store.path, verify=False)
    assert str(error) == f"Damaged episode store: {file}: expected {size} bytes, found {size + 1} bytes."


def test_a_missing_file_is_refused(store):
    for file in sorted(generation(store).iterdir()):
        shutil.move(file, store.path / "aside")
        error = refusal(store.path, verify=False)
        assert (error.file, error.found) == (file, "no such file")
        shutil.move(store.path / "aside", file)


def test_a_missing_generation_or_manifest_is_refused(store):
    shutil.rmtree(generation(store))
    assert refusal(store.path).found == "no such file"
    (store.path / "manifest.json").unlink()
    assert refusal(store.path).file.name == "manifest.json"


def test_a_missing_folder_is_no_damage_but_a_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No episode store at .*nowhere"):
        EpisodeStore.open(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match=r"No episode store at .*file"):
        EpisodeStore.open(tmp_path / "file")


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe\x00", b"generation-000001", b"[" * 100_000])
def test_a_manifest_that_is_not_json_is_refused(store, garbage):
    (store.path / "manifest.json").write_bytes(garbage)
    assert "text that is not JSON" in refusal(store.path).found


@pytest.mark.parametrize(("garbage", "found"), [("[]", "a JSON list"), ("3", "a JSON int"), ("{}", "None")])
def test_a_manifest_that_is_other_json_is_refused(store, garbage, found):
    (store.path / "manifest.json").write_text(garbage)
    assert refusal(store.path).found == found


def test_another_version_is_refused_as_such(store):
    edit_manifest(store, version=2)
    error = refusal(store.path)
    assert (error.expected, error.found) == ("version 1", "2")


def test_another_format_is_refused_as_such(store):
    edit_manifest(store, format="minari")
    assert refusal(store.path).found == "'minari'"


def test_an_edited_manifest_is_refused(store):
    edit_manifest(store, env_arguments={"size": 8})
    assert "CRC-32" in refusal(store.path).expected


FORGERIES = {
    "a generation such as": {"generation": "../elsewhere"},
    r"6 rows of .* \(4 steps, 2 episodes\)": {"num_steps": 4},
    r"8 rows of .* \(5 steps, 3 episodes\)": {"num_episodes": 3},
    "an array 'step/action'": {"arrays": {}},
}


@pytest.mark.parametrize("expected", FORGERIES)
def test_a_manifest_that_contradicts_itself_is_refused(store, expected):
    forge(store, **FORGERIES[expected])
    assert re.match(expected, refusal(store.path).expected)


@pytest.mark.parametrize("change", [{"file": "../../secret.npy"}, {"shape": (5, 3)}, {"dtype": "<f8"}])
def test_a_manifest_that_contradicts_a_file_is_refused(store, change):
    entry = replace(store.manifest.arrays["step/action"], **change)
    forge(store, arrays=store.manifest.arrays | {"step/action": entry})
    assert refusal(store.path).file.name == ("manifest.json" if "file" in change else "step.action.npy")


@pytest.mark.parametrize(
    ("ends", "found"),
    [([0, 5], "0 steps in episode 0"), ([5, 5], "0 steps in episode 1"), ([7, 5], "-2 steps"), ([3, 6], "6")],
)
def test_episode_ends_that_cannot_be_are_refused(store, ends, found):
    forge_ends(store, np.array(ends))
    error = refusal(store.path, verify=False)
    assert error.file.name == "episode_ends.npy"
    assert error.found.startswith(found)


def test_a_damaged_store_is_not_resumed(store):
    with open(generation(store) / "step.reward.npy", "r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xaa")
    manifest = store.manifest
    with pytest.raises(DamagedStoreError, match=r"step\.reward\.npy"):
        EpisodeWriter(
            store.path,
            env_id=manifest.env_id,
            env_arguments=manifest.env_arguments,
            agent=manifest.agent,
            resume=True,
        )


def test_the_error_is_a_value_error_and_survives_pickling():
    error = DamagedStoreError("a.npy", "8 bytes", "7 bytes")
    assert isinstance(error, ValueError)
    assert (
        str(pickle.loads(pickle.dumps(error)))
        == str(error)
        == ("Damaged episode store: a.npy: expected 8 bytes, found 7 bytes.")
    )
