"""What a teacher's cache holds, as the last words of its making."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rich.console import Group

    from tinykd.distill.container import TeacherCache


def cache_table(cache: TeacherCache) -> Group:
    """Return one row an array, the sum, and what to do next.

    A tap's last column is the share of its squared length that its main directions keep.
    """
    from rich import box
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table

    taps = {f"tap_{place}.npy": tap for place, tap in enumerate(cache.manifest.taps)}
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    shown.add_column("array")
    for column in ("type", "shape", "bytes", "kept"):
        shown.add_column(column, justify="right", no_wrap=True)
    total = 0
    for name, entry in cache.manifest.arrays.items():
        size = math.prod(entry.shape) * np.dtype(entry.dtype).itemsize
        total += size
        share = f"{100 * taps[name].share:.1f} %" if name in taps else ""
        shape = " x ".join(map(str, entry.shape))
        shown.add_row(name, str(np.dtype(entry.dtype)), shape, f"{size:,}", share)
    shown.add_row("together", "", "", f"{total:,}", "", style="bold")
    return Group(
        shown,
        "[bold]Next[/bold], where this folder, the recipe and the data are:",
        f"  tinykd distill RECIPE --from-cache {escape(str(cache.folder))}",
    )
