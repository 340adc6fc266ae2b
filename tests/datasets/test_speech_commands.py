import hashlib
import os
import shutil
import tarfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tinykd.datasets import SPLITS, recordings, speech_commands
from tinykd.datasets.archive import extract
from tinykd.datasets.cards import Archive, Card
from tinykd.datasets.clips import BENCHMARK_WORDS
from tinykd.datasets.speech_commands import list_recordings, load, split_by_hash
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import AudioRecipe, DatasetSection

LISTED = {
    "validation_list.txt": "bed/b_nohash_0.wav\ncat/b_nohash_0.wav\ntree/b_nohash_0.wav\n",
    "testing_list.txt": "bed/c_nohash_0.wav\n\ncat/c_nohash_0.wav\ntree/c_nohash_0.wav\n",
}
SMALL = {f"{word}/{who}_nohash_0.wav": None for word in ("bed", "cat", "tree") for who in "abc"}
NOISE = {"_background_noise_/hum.wav": np.arange(-8000, 8000)}
SECTION = {"words": ("cat", "bed"), "clip_ms": 50, "unknown_fraction": 0.3, "silence_fraction": 0.25}


def loaded(data_dir, cache_dir, splits=SPLITS, **section):
    recipe = AudioRecipe(dataset=DatasetSection(name="speech_commands", **section))
    return load(recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits)


def counts(dataset, split):
    return Counter(dataset.classes[label] for label in dataset.splits[split].labels)


def test_a_small_tree_is_split_labelled_and_read(tree, tmp_path):
    root = tree({**SMALL, **LISTED, **NOISE})
    data = loaded(root, tmp_path / "cache", **SECTION)
    assert data.classes == ("cat", "bed", "_silence_", "_unknown_")
    for split, who in zip(SPLITS, "abc", strict=True):
        # By hand: 2 keywords, 1 other word, and 1 silence, a quarter of 4.
        assert counts(data, split) == {"cat": 1, "bed": 1, "_silence_": 1, "_unknown_": 1}
        clips = data.splits[split]
        assert set(clips.speakers) == {who, ""}
        for source, row in zip(clips.sources, clips.audio, strict=True):
            if not source.startswith("_"):
                np.testing.assert_array_equal(row, np.frombuffer((root / source).read_bytes()[44:], "<i2"))
    (noise,) = data.noise
    np.testing.assert_array_equal(noise, np.arange(-8000, 4800))


def test_only_the_wanted_splits_are_read_and_the_digest_is_of_all(tree, tmp_path):
    root = tree({**SMALL, **LISTED, **NOISE})
    some = loaded(root, tmp_path / "cache", splits=("test",), **SECTION)
    assert list(some.splits) == ["test"]
    assert some.digest == loaded(root, tmp_path / "cache", **SECTION).digest


def test_equal_data_elsewhere_has_the_same_digest_and_any_change_another(tree, tmp_path):
    first = loaded(tree({**SMALL, **LISTED, **NOISE}), tmp_path / "c1", **SECTION).digest
    root = tree({**SMALL, **LISTED, **NOISE}, folder="copy")
    assert loaded(root, tmp_path / "c2", **SECTION).digest == first
    other_share = loaded(root, tmp_path / "c2", **{**SECTION, "unknown_fraction": 0.4}).digest
    (root / "validation_list.txt").write_text("bed/a_nohash_0.wav\ncat/b_nohash_0.wav\ntree/b_nohash_0.wav")
    other_split = loaded(root, tmp_path / "c2", **SECTION).digest
    assert len({first, other_share, other_split}) == 3


def test_a_recording_changed_in_place_is_read_again_and_changes_the_digest(tree, tmp_path, wav_bytes):
    root = tree({**SMALL, **LISTED, **NOISE})
    first = loaded(root, tmp_path / "cache", **SECTION)
    (root / "bed/a_nohash_0.wav").write_bytes(wav_bytes(np.full(800, 7)))
    os.utime(root / "bed/a_nohash_0.wav", ns=(1, 1))
    changed = loaded(root, tmp_path / "cache", **SECTION)
    assert changed.digest != first.digest
    train = changed.splits["train"]
    np.testing.assert_array_equal(train.audio[train.sources.index("bed/a_nohash_0.wav")], 7)


def test_a_list_may_name_clips_that_are_not_there(tree, tmp_path):
    first = loaded(tree({**SMALL, **LISTED, **NOISE}), tmp_path / "cache", **SECTION).digest
    more = {name: text + "cat/x_nohash_1.wav\n" for name, text in LISTED.items() if name.startswith("t")}
    assert loaded(tree({**SMALL, **LISTED, **NOISE, **more}), tmp_path / "cache", **SECTION).digest == first


def test_the_tree_may_lie_one_folder_down(tree, tmp_path):
    tree({**SMALL, **LISTED, **NOISE}, folder="data/speech_commands_v0.02")
    assert len(loaded(tmp_path / "data", tmp_path / "cache", **SECTION).splits["train"]) == 4


def test_words_not_there_are_answered_with_those_that_are(tree, tmp_path):
    with pytest.raises(DataError, match="no recordings of 'dog'; the words there are 'bed', 'cat', 'tree'"):
        loaded(tree({**SMALL, **LISTED}), tmp_path / "cache", words=("dog",))


def test_without_words_the_benchmark_or_frequent_ones_are_taken():
    many = Counter(dict.fromkeys(BENCHMARK_WORDS, 1)) + Counter(bed=500)
    assert speech_commands.default_words(many, "x") == BENCHMARK_WORDS
    some = Counter(cat=100, bed=500, tree=99, _unknown_=500)
    assert speech_commands.default_words(some, "x") == ("bed", "cat")
    with pytest.raises(DataError, match=r"no word has 100 clips.*dataset\.words"):
        speech_commands.default_words(Counter(tree=99), "x")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"readme.txt": "hello"}, "no Speech Commands data in this folder; folders <word>/"),
        ({"bed/readme.txt": "hello"}, "no Speech Commands data in this folder"),
        ({**SMALL, **NOISE, "testing_list.txt": ""}, "validation_list.txt: is missing"),
        ({**SMALL, **NOISE, **LISTED, "testing_list.txt": "bed/b_nohash_0.wav"}, "is in the other list too"),
        ({**SMALL, **NOISE, **LISTED, "testing_list.txt": ""}, "no clips in the split 'test'"),
        (
            {**SMALL, **LISTED},
            "no clip of '_silence_' in the split 'train'; long enough recordings in _background",
        ),
        (
            {**SMALL, **LISTED, "_background_noise_/hum.wav": np.ones(900)},
            "no clip of '_silence_' in the split 'train'",
        ),
        (
            {**{name: data for name, data in SMALL.items() if "tree" not in name}, **LISTED, **NOISE},
            "no clip of '_unknown_' in the split 'train'; recordings of other words, or",
        ),
        ({**SMALL, **LISTED, **NOISE, "bed/a_nohash_0.wav": ""}, "bed/a_nohash_0.wav: the file is empty"),
        ({**SMALL, **LISTED, **NOISE, "cat/c_nohash_0.wav": "text"}, "cat/c_nohash_0.wav: not a recording"),
        (
            {**SMALL, **LISTED, "_background_noise_/hum.wav": "text"},
            "_background_noise_/hum.wav: not a recording",
        ),
    ],
)
def test_unusable_data_is_one_line_that_says_what_was_looked_for(tree, tmp_path, files, said):
    with pytest.raises(DataError) as caught:
        loaded(tree(files), tmp_path / "cache", **SECTION)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_clips_shorter_than_a_sample_are_refused(tree, tmp_path):
    with pytest.raises(RecipeError, match="less than one sample"):
        loaded(
            tree({**SMALL, **LISTED, **NOISE}),
            tmp_path / "cache",
            **{**SECTION, "clip_ms": 1, "sample_rate_hz": 999},
        )


@pytest.mark.parametrize("name", ["gone", "file"])
def test_a_folder_that_is_none_is_said(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="no such folder" if name == "gone" else "a file"):
        loaded(tmp_path / name, tmp_path / "cache")


def packed(root, archive):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root, arcname=".")
    return archive


def test_an_archive_is_unpacked_once_and_again_when_it_changed(tree, tmp_path):
    (tmp_path / "data").mkdir()
    archive = packed(tree({**SMALL, **LISTED, **NOISE}), tmp_path / "data/speech_commands_v0.02.tar.gz")
    first = loaded(tmp_path / "data", tmp_path / "cache", **SECTION)
    (folder,) = (tmp_path / "cache/unpacked").iterdir()
    before = folder.stat().st_ctime_ns
    assert loaded(tmp_path / "data", tmp_path / "cache", **SECTION).digest == first.digest
    assert folder.stat().st_ctime_ns == before
    os.utime(archive, ns=(1, 1))
    loaded(tmp_path / "data", tmp_path / "cache", **SECTION)
    assert len(list((tmp_path / "cache/unpacked").iterdir())) == 2


def test_two_who_want_an_archive_at_once_unpack_it_once(tree, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    archive = packed(tree({**SMALL, **LISTED, **NOISE}), tmp_path / "data/speech_commands_v0.02.tar.gz")
    calls = []

    def slowly(archives, folder, *, progress=None):
        calls.append(folder)
        time.sleep(0.05)
        return extract(archives, folder, progress=progress)

    monkeypatch.setattr(recordings, "extract", slowly)
    with ThreadPoolExecutor(2) as pool:
        folders = list(
            pool.map(lambda _: recordings.unpacked([archive], "pack", cache_dir=tmp_path / "cache"), range(2))
        )
    assert folders[0] == folders[1]
    assert len(calls) == 1


def test_an_archive_of_something_else_is_said(tree, tmp_path):
    root = tree({"notes.txt": "hello"})
    packed(root, tmp_path / "tree/speech_commands_v0.02.tar.gz")
    with pytest.raises(DataError, match=r"no <word>/\*\.wav in speech_commands_v0\.02\.tar\.gz"):
        loaded(root, tmp_path / "cache")


def test_without_a_folder_the_data_root_is_looked_at(tree, tmp_path, monkeypatch):
    tree({**SMALL, **LISTED, **NOISE}, folder="root/speech_commands_v0.02")
    monkeypatch.setenv("TINYKD_DATA", str(tmp_path / "root"))
    assert len(loaded(None, tmp_path / "cache", **SECTION).splits["train"]) == 4


def test_without_any_data_the_official_archive_is_fetched_unpacked_and_kept_unpacked(
    tree, tmp_path, monkeypatch
):
    archive = packed(tree({**SMALL, **LISTED, **NOISE}), tmp_path / "served.tar.gz")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    name = "speech_commands_v0.02.tar.gz"
    official = Archive(name=name, url="https://x.invalid/a", bytes=1, sha256=sha256)
    card = Card(title="", source="", licence="", split="", archives=(official,))
    asked = []

    def serve(url, path, *, sha256, progress):
        asked.append((url, sha256))
        path.parent.mkdir(parents=True)
        shutil.copy(archive, path)

    monkeypatch.delenv("TINYKD_DATA", raising=False)
    monkeypatch.setattr(speech_commands, "read_card", lambda _: card)
    monkeypatch.setattr(speech_commands, "download", serve)
    for _ in range(2):
        assert len(loaded(None, tmp_path / "cache", **SECTION).splits["train"]) == 4
    assert asked == [("https://x.invalid/a", sha256)]
    assert list((tmp_path / "cache/downloads").iterdir()) == []


@pytest.mark.slow  # unpacks 86 MB once
def test_splits_of_the_hash_rule_are_those_of_the_packs_lists(packs, pack_cache):
    data_dir = packs / "kws_speech_commands"
    root = speech_commands.find_tree(data_dir, cache_dir=pack_cache)
    recordings = [one for one in list_recordings(root, cache_dir=pack_cache) if one.word[0] != "_"]
    assert len(recordings) == 1456 + 1470 + 1486 + 30
    assert [one.source for one in recordings if one.split != split_by_hash(one.source.split("/")[1])] == []


@pytest.mark.slow  # unpacks 86 MB once
def test_the_speech_commands_pack_has_the_clips_its_readme_says(packs, pack_cache):
    data = loaded(packs / "kws_speech_commands", pack_cache)
    assert data.classes == ("bed", "cat", "happy", "_silence_", "_unknown_")
    # The table of the pack's README; silence by hand: a ninth of all others makes a tenth of the total.
    table = {
        "train": (1140, 1185, 1170, 25, 1215),
        "validation": (168, 141, 171, 1, 155),
        "test": (148, 144, 145, 4, 157),
    }
    for split, (bed, cat, happy, digits, speakers) in table.items():
        silence = round((bed + cat + happy + digits) / 9)
        expected = {"bed": bed, "cat": cat, "happy": happy, "_unknown_": digits, "_silence_": silence}
        assert counts(data, split) == expected
        assert len(set(data.splits[split].speakers) - {""}) == speakers
        assert data.splits[split].audio.shape == (sum(expected.values()), 16000)
    assert [len(noise) for noise in data.noise] == [round(0.8 * n) for n in (980062, 960000, 978488, 960000)]
    speakers = [set(data.splits[split].speakers) - {""} for split in SPLITS]
    assert not speakers[0] & speakers[1] | speakers[0] & speakers[2] | speakers[1] & speakers[2]


@pytest.mark.slow  # unpacks 86 MB once
def test_one_word_of_the_pack_makes_the_others_unknown(packs, pack_cache):
    data = loaded(packs / "kws_speech_commands", pack_cache, splits=("test",), words=("happy",))
    # By hand: 145 keywords are 80 %, so 18 unknown (18.125) and (145 + 18) / 9 silence.
    assert counts(data, "test") == {"happy": 145, "_unknown_": 18, "_silence_": 18}


def test_the_twelve_class_pack_has_the_clips_its_readme_says_and_no_training(packs, pack_cache):
    data_dir = packs / "kws_commands_12"
    data = loaded(data_dir, pack_cache, splits=("validation", "test"))
    assert data.classes == (*BENCHMARK_WORDS, "_silence_", "_unknown_")
    assert [len(data.splits[split]) for split in ("validation", "test")] == [198, 201]
    both = counts(data, "validation") + counts(data, "test")
    assert sorted(both) == sorted(data.classes)
    assert all(28 <= count <= 37 for count in both.values())
    assert not any("[" in source for source in data.splits["test"].sources)
    with pytest.raises(DataError, match="no clips in the split 'train'"):
        loaded(data_dir, pack_cache)


def test_the_pack_read_at_half_the_rate_has_half_the_samples(packs, pack_cache):
    data = loaded(packs / "kws_commands_12", pack_cache, splits=("test",), sample_rate_hz=8000)
    assert data.splits["test"].audio.shape == (201, 8000)
