"""What a finished run can do, where no training is needed to see it."""

from __future__ import annotations

import pytest

from tinykd.errors import DataError
from tinykd.export.tflm import FILES, file_names
from tinykd.inference import require_replaceable


def test_a_folder_with_files_that_are_not_exported_is_not_replaced(tmp_path):
    names = file_names("kws")
    require_replaceable(tmp_path / "new", names)
    require_replaceable(tmp_path, names)
    for name in names:
        (tmp_path / name).write_text("")
    require_replaceable(tmp_path, names)
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(
        DataError, match=r"it holds 'thesis\.tex', which would be lost; a new or empty folder"
    ):
        require_replaceable(tmp_path, names)
    (tmp_path / "thesis.tex").unlink()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine.c").write_text("")
    with pytest.raises(DataError, match=r"it holds 'src/mine\.c', which would be lost"):
        require_replaceable(tmp_path, names)


def test_the_files_of_an_export_start_with_the_name_as_c_takes_it():
    assert file_names("2 Words")[0] == "x_2_words_model.h"
    assert len(file_names("kws")) == len(FILES)
