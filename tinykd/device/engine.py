"""What computes the model on a device: the compiled C, or a TFLite Micro that the user brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinykd.boards.table import Board
from tinykd.boards.tools import CPP_COMPILER, run_tool
from tinykd.device import firmware
from tinykd.errors import ToolError

FLAGS = ("-std=c++17", "-Os", "-mthumb", "-ffunction-sections", "-fdata-sections")
FREESTANDING = ("-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-DTF_LITE_STATIC_MEMORY")
# Where a checkout after its `make ... microlite`, and a generated tree, have headers of other projects.
_DOWNLOADS = "tensorflow/lite/micro/tools/make/downloads"
_PARTS = ("flatbuffers/include", "gemmlowp", "ruy")


@dataclass(frozen=True)
class Tflm:
    """A build of TFLite Micro for the board's core.

    tree: holds `tensorflow/lite/micro`, and the headers of flatbuffers, gemmlowp and ruy.
    library: like libtensorflow-microlite.a.
    """

    tree: Path
    library: Path

    def headers(self) -> list[Path]:
        """Return the folders of headers.

        Raises:
          ToolError: it is no tree of TFLite Micro, or lacks the headers of flatbuffers.
        """
        allowed = "a checkout of tflite-micro after its `make ... microlite`"
        if not (self.tree / "tensorflow/lite/micro/micro_interpreter.h").is_file():
            raise ToolError(str(self.tree), "it has no tensorflow/lite/micro/micro_interpreter.h", allowed)
        if not self.library.is_file():
            raise ToolError(str(self.library), "is no file", f"the library of {allowed}")
        places = [self.tree / above / part for above in (_DOWNLOADS, "third_party") for part in _PARTS]
        found = [place for place in places if place.is_dir()]
        if not any((place / "flatbuffers").is_dir() for place in found):
            raise ToolError(str(self.tree), "it lacks the headers of flatbuffers", allowed)
        return [self.tree, *found]

    def link(self, board: Board, include: Sequence[Path], folder: Path) -> list[str]:
        """Compile the call into TFLite Micro; return what the linker takes.

        Args:
          board: gives the core's flags.
          include: folders of the app's own headers.
          folder: where the object file goes.

        Raises:
          ToolError: see `headers`; or the compiler is missing, or refuses.
        """
        made = folder / "tflm.o"
        folders = [f"-I{place.absolute()}" for place in (*include, *self.headers())]
        sources = ["-c", str(firmware.tflm_engine()), "-o", str(made.absolute())]
        run_tool(CPP_COMPILER, [*board.flags, *FLAGS, *FREESTANDING, *folders, *sources], folder=folder)
        return [str(made.absolute()), str(self.library.absolute()), "-lstdc++", "-lm", "-lc", "-lgcc"]
