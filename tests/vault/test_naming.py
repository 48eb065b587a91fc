"""Names as in links of Obsidian: what each means, what is ambiguous, and what may have been meant."""

from __future__ import annotations

from typing import Literal
from unicodedata import normalize

import pytest

from vault_sync.errors import AmbiguousNoteError, NoteNotFoundError
from vault_sync.vault.links import NoteLookup

PATHS = (
    "Pods.md",
    "Kubernetes/Pods.md",
    "Kubernetes/Services.md",
    "Old/Kubernetes/Services.md",
    "Web/HTTP 상태 코드.md",
    "Web/쿠키와 세션.md",
    "Go/Errors.md",
    "Go/errors.md",
    "Deutsch/Übung.MD",
    "Notes/a.b.md",
)
INDEX = NoteLookup(PATHS)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("HTTP 상태 코드", "Web/HTTP 상태 코드.md"),
        ("http 상태 코드", "Web/HTTP 상태 코드.md"),
        ("HTTP 상태 코드.md", "Web/HTTP 상태 코드.md"),
        ("Web/HTTP 상태 코드", "Web/HTTP 상태 코드.md"),
        ("web/http 상태 코드.MD", "Web/HTTP 상태 코드.md"),
        ("/Web/HTTP 상태 코드", "Web/HTTP 상태 코드.md"),
        (normalize("NFD", "쿠키와 세션"), "Web/쿠키와 세션.md"),
        ("  쿠키와 세션 ", "Web/쿠키와 세션.md"),
        ("Web\\쿠키와 세션.md", "Web/쿠키와 세션.md"),
        (r".\Kubernetes\Pods".removeprefix("."), "Kubernetes/Pods.md"),
        ("[[쿠키와 세션]]", "Web/쿠키와 세션.md"),
        ("[[Web/쿠키와 세션|세션]]", "Web/쿠키와 세션.md"),
        ("[[쿠키와 세션#단서]]", "Web/쿠키와 세션.md"),
        ("![[쿠키와 세션]]", "Web/쿠키와 세션.md"),
        ("übung", "Deutsch/Übung.MD"),
        ("a.b", "Notes/a.b.md"),
        ("Pods", "Pods.md"),  # its whole path
        ("pods", "Pods.md"),
        ("Kubernetes/Pods", "Kubernetes/Pods.md"),
        ("Kubernetes/Services", "Kubernetes/Services.md"),  # whole, not the end of the other
        ("Old/Kubernetes/Services", "Old/Kubernetes/Services.md"),
        ("Errors", "Go/Errors.md"),  # to the letter
        ("errors", "Go/errors.md"),
    ],
)
def test_what_a_name_means(asked: str, path: str) -> None:
    assert INDEX.resolve(asked) == path


FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("form", FORMS)
def test_every_note_can_be_named_by_its_path(name: str, form: Literal["NFC", "NFD"]) -> None:
    assert INDEX.resolve(normalize(form, name)) == name


def test_a_path_of_loose_letters_is_found_and_stays_as_it_is() -> None:
    loose = normalize("NFD", "웹/쿠키.md")
    assert NoteLookup([loose]).resolve("쿠키") == loose


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        ("Services", ("Kubernetes/Services.md", "Old/Kubernetes/Services.md")),
        ("ERRORS", ("Go/Errors.md", "Go/errors.md")),
    ],
)
def test_what_is_ambiguous(asked: str, paths: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousNoteError) as caught:
        INDEX.resolve(asked)
    assert caught.value.paths == paths


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Service", ("Kubernetes/Services.md",)),
        ("쿠키와 새션", ("Web/쿠키와 세션.md",)),
        ("http", ("Web/HTTP 상태 코드.md",)),
        ("Docker/Pods", ("Pods.md",)),
        ("ernetes/Pods", ("Pods.md",)),  # the end of a folder's name is no folder
        ("../Pods", ("Pods.md",)),
        ("", ()),
        (".md", ()),
        ("zzz", ()),
        ("x" * 100_000, ()),
        ("[[]]", ()),
    ],
)
def test_what_is_not_there(asked: str, near: tuple[str, ...]) -> None:
    with pytest.raises(NoteNotFoundError) as caught:
        INDEX.resolve(asked)
    assert caught.value.near[:1] == near
