"""Services of vaults with every kind of name, and programs that are played."""

from __future__ import annotations

from pathlib import Path

from vault_sync.service.manager import ProgramResult, ServiceUnit

NAMES = (
    "notes",
    "ends in \\",
    "공부 노트",
    "100% sure",
    "%h %%n",
    'it\'s "quoted"',
    "$HOME ${USER} $$",
    "back\\slash\\n",
    "semi; colon & <xml> 'x'",
    " leading",
    "e\u0301 NFD 한글",
    "😀",
)
ENVIRONMENT = {"PYTHONUTF8": "1", "LANG": "ko_KR.UTF-8", "TZ": "Asia/Seoul"}


def make_unit(vault: str | Path, program: str = "/usr/bin/python3") -> ServiceUnit:
    command = (program, "-m", "vault_sync", "watch", str(vault))
    return ServiceUnit("vault-sync-0123456789abcdef", Path(vault), command, ENVIRONMENT)


class Script:
    """Plays the programs of a service manager: answers by what a command begins with, and remembers."""

    def __init__(self, **answers: ProgramResult | list[ProgramResult]) -> None:
        self.answers = answers
        self.commands: list[str] = []

    def __call__(self, *command: str) -> ProgramResult:
        words = [word for word in command[1:] if word != "--user"]
        self.commands.append(" ".join(words))
        answer = self.answers.get(words[0].strip("/-").replace("-", "_"), ProgramResult(0, ""))
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer
