"""The text of the hook that git runs, and what can be read out of it again. Pure.

Git runs hooks with the `sh` that it brings along, on Windows too, so plain POSIX shell will do.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

_MARK: Final = "# vault-sync hook 1"
_SETTING: Final = re.compile(r"^(python|options)=(.*)$", re.MULTILINE)
_TEMPLATE: Final = """\
#!/bin/sh
{mark}: refreshes the notes that are staged, then lets git go on.
# Written by `vault-sync hook install`; `vault-sync hook uninstall` takes it away again.
python={python}
options={options}

# The hook that stood here before.
earlier="${{0%/*}}/{earlier}"
if [ -x "$earlier" ]; then
  "$earlier" "$@" || exit
fi

if [ ! -x "$python" ]; then
  echo "vault-sync: $python is gone, so the notes are committed as they are." \\
    'Run `vault-sync hook install` again, or `vault-sync hook uninstall`.' >&2
  exit 0
fi
"$python" -P -c 'from vault_sync.git.committing import main; main()' pre-commit $options
case $? in
  0) ;;
  3 | 4 | 5) exit 1 ;;
  *) echo 'vault-sync: the hook could not do its work, so the notes are committed as they are.' \\
    'Run `vault-sync hook status`, or `vault-sync hook uninstall`.' >&2 ;;
esac
exit 0
"""


@dataclass(frozen=True, slots=True)
class Script:
    """What a hook of ours says.

    Attributes:
        python: the interpreter that vault-sync is installed for.
        is_stable: only formulas that read no clock.
        is_strict: a note with a problem stops the commit.
    """

    python: str
    is_stable: bool = False
    is_strict: bool = False

    def render(self, earlier: str) -> bytes:
        """Return the hook.

        Args:
            earlier: the name of the hook, in the same folder, that runs first if it is there.
        """
        wished = {"--stable": self.is_stable, "--strict": self.is_strict}
        options = " ".join(option for option, is_wished in wished.items() if is_wished)
        text = _TEMPLATE.format(
            mark=_MARK, python=shlex.quote(self.python), options=f"'{options}'", earlier=earlier
        )
        return text.encode("utf-8", "surrogateescape")


def parse_script(data: bytes) -> Script | None:
    """Return what a hook says, None if it is none of ours."""
    text = data.decode("utf-8", "surrogateescape")
    if not text.partition("\n")[2].startswith(_MARK):
        return None
    try:
        settings = {name: shlex.split(value) for name, value in _SETTING.findall(text)}
    except ValueError:  # somebody has edited it; it is ours all the same
        settings = {}
    python = "".join(settings.get("python", ()))
    options = " ".join(settings.get("options", ())).split()
    return Script(python, "--stable" in options, "--strict" in options)
