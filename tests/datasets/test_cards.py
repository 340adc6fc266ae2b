import pytest

from tinykd.datasets import DATASETS
from tinykd.datasets.cards import read_card
from tinykd.errors import DataError

GOOD = 'title = "t"\nsource = "s"\nlicence = "l"\nsplit = "r"\n'


@pytest.mark.parametrize("name", sorted({entry.card for entry in DATASETS.values()}))
def test_every_data_set_has_a_card_with_a_licence(name):
    card = read_card(name)
    assert card.licence
    assert card.split


def test_the_official_archive_is_the_one_that_its_publisher_serves():
    official = read_card("speech_commands").archives[0]
    assert official.name == "speech_commands_v0.02.tar.gz"
    assert official.bytes == 2_428_923_189


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'colour = "red"\n', "colour"),
        ('title = "t"\n', "source"),
        (GOOD + '[[archives]]\nname = "a"\nbytes = 1\nsha256 = "xyz"\n', "archives.0.sha256"),
        (GOOD + '[[archives]]\nname = "../a"\nbytes = 1\n', "archives.0"),
        (GOOD + '[[archives]]\nname = "a"\nbytes = "1"\n', "archives.0.bytes"),
        ("title = ", "not a card"),
        (None, "not a card"),
    ],
)
def test_a_wrong_card_is_named_with_its_key(tmp_path, text, said):
    if text is not None:
        (tmp_path / "x.toml").write_text(text)
    with pytest.raises(DataError) as caught:
        read_card("x", folder=tmp_path)
    assert str(tmp_path / "x.toml") in str(caught.value)
    assert said in str(caught.value)
