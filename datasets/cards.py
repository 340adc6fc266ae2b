"""Cards: where a data set comes from, under which licence, and how it is split. Data only."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from tinykd.errors import DataError
from tinykd.recipe import Count, Section

_FOLDER = Path(__file__).parent / "cards"


class Archive(Section):
    """One file to fetch; without a URL it is one that people pass on themselves.

    It has the checksum that its makers publish: sha256, else sha1.
    """

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    bytes: Count = 0  # 0: nobody has said
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    sha1: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")] = ""

    @model_validator(mode="after")
    def _has_one_checksum(self) -> Archive:
        if bool(self.sha256) == bool(self.sha1):
            raise ValueError("an archive has one checksum, sha256 or sha1")
        return self


class Card(Section):
    """What a person should know before using a data set."""

    title: str
    source: str
    licence: str
    split: str  # the rule, in words
    notes: str = ""
    archives: tuple[Archive, ...] = ()


def read_card(name: str, *, folder: Path = _FOLDER) -> Card:
    """Read `name`.toml from `folder`, the package's own cards by default.

    Raises:
      DataError: there is no such card, or it has a wrong, unknown or missing key.
    """
    path = folder / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return Card.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path} [{key}]", first["msg"], "keys: " + ", ".join(Card.model_fields)) from error
    except (OSError, ValueError) as error:
        raise DataError(str(path), f"not a card ({error})", "a TOML file") from error
