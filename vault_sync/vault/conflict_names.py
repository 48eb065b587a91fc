"""The names that sync services give to the second version of a note, in one table. Pure.

Only names that a service writes and no person would choose are in it: nearly all carry the moment of
the conflict. The copies of iCloud (``Note 2.md``), of OneDrive on Windows and macOS
(``Note-LAPTOP.md``) and of Google Drive (``Note (1).md``) are called like honest notes, so they are not
guessed at.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

# Dropbox writes its own language into the name, and who else has no word of its own writes Dropbox's.
_COPY_WORDS: Final = (
    "conflicted copy|conflicting copy|case clash from|SFConflict"
    "|충돌된 사본|충돌 사본|충돌한 사본|충돌하는 사본|競合コピー|競合するコピー|冲突副本|冲突的副本|衝突複本|衝突副本|衝突的複本"
    "|in Konflikt stehende Kopie|Konfliktkopie|copie en conflit|copie conflictuelle"
    "|copia en conflicto|copia conflictiva|copia in conflitto|cópia em conflito|cópia conflitante"
    "|conflicterende kopie|kopie in conflict|kopi i konflikt|konfliktkopi|konfliktkopia"
    "|konflikterande kopia|motstridende kopi|kopia powodująca konflikt|kopia w konflikcie"
    "|konfliktní kopie|конфликтующая копия|конфликтная копия|конфліктна копія|çakışan kopya"
    "|ütköző másolat|ristiriitainen kopio|bản sao xung đột|salinan konflik|salinan bercanggah"
    "|salinan yang berkonflik|สำเนาที่ขัดแย้ง"
)
# A title that merely speaks of conflicted copies has no moment.
_MOMENT: Final = r"(?:\d{4}-\d{2}-\d{2}(?:[ _-][\d._-]{1,12}(?: [AP]M)?)?|\d{12}|\d{14})"
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"

SERVICES: Final[dict[str, str]] = {
    "Obsidian Sync, Dropbox, Maestral, Nextcloud, ownCloud, Seafile": (
        rf"\(.*?(?:{_COPY_WORDS}).*?[ _]{_MOMENT}(?: \(?\d{{1,3}}\)?)?\)(?:-\d{{1,3}})?"
    ),
    "Unison": (rf" ?\((?:copy: conflict(?: #\d+)? on |conflict(?:_#\d+)?_on_){_MOMENT}\)"),
    "Dropbox, of folders and names": r"\((?:Selective Sync|Unicode Encoding) Conflict(?: \d{1,3})?\)",
    "Syncthing": r"\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?",
    "OneDrive on Linux": r"-safeBackup-\d{4}",
    "ownCloud, with the name of the user": r"\(Conflict [^()]{1,80} \d{4}-\d{2}-\d{2} \d{6}\)",
    "ownCloud and Nextcloud, before 2018": r"[-_]conflict-(?:[^/]{1,80}-)?\d{8}-\d{6}",
    "Cozy Drive": r"[-_]conflict-\d{4}-\d{2}-\d{2}T\d{2}_\d{2}_\d{2}(?:\.\d{3})?Z",
    "Synology Drive": (
        rf"_{_MONTH}-\d{{2}}-\d{{4,6}}-\d{{4}}"
        r"_(?:WhiteSpace|TailCharacter|Case)?Conflict(?:_\d{1,4}|\(\d{1,4}\))?"
    ),
    "pCloud": r" ?\[conflicted(?: \d{1,3})?\]",
    "rclone bisync": r"\.conflict\d{1,3}",
    "Obsidian Git": r"^conflict-files-obsidian-git",
}
"""What each service puts between the name of a note and its ``.md``.

Source: Obsidian help, "Troubleshoot Obsidian Sync"; Dropbox help, "What's a conflicted copy?";
samschott/maestral, pull request 862; Nextcloud, "Conflicts"; owncloud/client, pull requests 6364 and
6417; nextcloud/desktop, "case clash"; haiwen/seafile-client, issue 909; Unison, ``copyonconflict``;
Syncthing, "Understanding Synchronization"; abraunegg/onedrive, "safeBackup"; Synology, "Why is there file
conflict on Synology Drive"; rclone, "bisync", ``--conflict-suffix``.
"""

_HINT: Final = re.compile(
    r"(?:\)(?:-\d+)?|\]|-[0-9A-Z]+|[0-9]Z|Conflict(?:_\d+)?|\.conflict\d+|-git)\.md$", re.IGNORECASE
)
_MOST_NAMES: Final = 8


def is_conflict_copy(name: str) -> bool:
    """Say whether a sync service gave a note this name to keep a second version of another note."""
    return _find_mark(name) is not None


def find_original_names(name: str) -> tuple[str, ...]:
    """Return the names that the note of a conflict copy may have, the likeliest first.

    Args:
        name: of the copy, without its folder.
    """
    found = _find_mark(name)
    if not found:
        return ()
    name, start = found.string, found.start()
    # The title may have brackets of its own, and so may the name of the computer.
    opened = (place for place in range(found.end() - 1, start, -1) if name[place] == "(")
    names = [name[:place].rstrip() for place in (*opened, start)]
    if "-safeBackup-" in found[0]:  # the computer's name stands before the mark
        names.append(names[-1].rpartition("-")[0])
    if found[0][0] == "_" and found[0][1:2].isalpha() and "conflict-" not in found[0]:
        names = _drop_computer(name[:start])
    return tuple(f"{each}.md" for each in names[:_MOST_NAMES] if each)


def _drop_computer(name: str) -> list[str]:
    """Return what stands before a computer's name, which may have underlines of its own."""
    places = (place for place in range(len(name) - 1, 0, -1) if name[place] == "_")
    return [name[:place] for place in places]


def _find_mark(name: str) -> re.Match[str] | None:
    # Compiled (and remembered by `re`) with the first such name: that takes longer than all others.
    if not _HINT.search(name):
        return None
    return re.search(_write_expression(), normalize("NFC", name), re.IGNORECASE)


def write_path_expression() -> str:
    """Return a regular expression for the paths of conflict copies, in whatever letter case.

    It holds in JavaScript as well.
    """
    return _write_expression().replace("|^", "|(?:^|/)")


def _write_expression() -> str:
    return rf"(?:{'|'.join(SERVICES.values())})\.md$"
