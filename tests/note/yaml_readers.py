"""Other readers of YAML than ours, and the choice of parser that ours makes."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import yaml
from hypothesis import assume
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tests.note.odd_notes import split_note
from vault_sync.note import yaml_parser


def read_with_ruamel(text: str) -> dict[str, Any]:
    reader = YAML(typ="safe", pure=True)
    try:
        found = reader.load(io.StringIO(frontmatter_of(text)))
    except (YAMLError, ValueError, TypeError, AssertionError, AttributeError):
        assume(False)  # noqa: FBT003 - its only argument
    return normalize(found)


class TextLoader(yaml.BaseLoader):
    """Takes every scalar for text, so that YAML 1.1 and 1.2 agree."""


def read_with_pyyaml(text: str) -> dict[str, Any]:
    try:
        found = yaml.load(frontmatter_of(text), TextLoader)  # noqa: S506 - it makes texts only
    except (yaml.YAMLError, TypeError, ValueError):
        assume(False)  # noqa: FBT003 - its only argument
    return normalize(found)


def frontmatter_of(text: str) -> str:
    return "\n".join(split_note(text)[0][1:])


def normalize(found: Any) -> dict[str, Any]:
    assume(isinstance(found, dict))
    return {unicodedata.normalize("NFC", str(key)): value for key, value in found.items()}


PARSER: Any = yaml_parser
