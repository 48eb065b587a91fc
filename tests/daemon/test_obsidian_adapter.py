"""The file adapter of Obsidian's own headless client beside vault-sync: what it notices, and whether it loses a save.

The client comes from npm, with npm's Node 22, into a folder of the test; nothing of it is kept. `VAULT_SYNC_HEADLESS`
may name a folder with its ``node_modules`` instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from platform import machine
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.daemon.real_daemon import IS_LONG, LiveDaemon, linux_only, scale
from tests.waiting import wait_until
from vault_sync.cli import run
from vault_sync.state.folder import locate_state

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED: Final = os.environ.get("VAULT_SYNC_HEADLESS")
SAVES: Final = scale(200, 10_000)
RULES: Final = """\
profile: none
quiet-period: 10ms
rules:
  - name: days
    filters: start
    formulas:
      day: today().format("YYYY-MM-DD")
      twice: a * 2
"""
NOTE: Final = "---\nstart: 2024-07-07\na: 1\nday: 2024-10-26\ntwice: 2\n---\nbody\n"
# Which class is the adapter is known by how it begins; its name is another one in each release.
CLASS: Final = re.compile(r"(\w+)=class\{constructor\([\w,]+\)\{this\.thingsHappening=")
DRIVER: Final = """\
process.exit = () => {};
process.argv = [process.argv[0], "ob", "--version"];
const [program, vault, saves] = JSON.parse(process.env.DRIVEN);
await import(program);
const [fs, path, url] = await Promise.all(["fs", "path", "url"].map((name) => import("node:" + name)));
const adapter = new globalThis.fileAdapter(fs, path, url, () => false, () => {}, "file:///", vault);
const say = (...words) => fs.writeSync(1, JSON.stringify(words) + "\\n");
await adapter.watch((...words) => words[0] === "raw" || say(...words.slice(0, 2)));
say("ready");
for (let number = 0; number < saves; number++) {
  const name = `${number % 5}.md`;
  await adapter.process(name, (text) => {
    const a = text.match(/^a: (\\d+)$/m)[1];
    return text.replace(`a: ${a}\\n`, `a: ${Number(a) + 1}\\n`) + `line ${number}\\n`;
  });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
}
say("done");
setInterval(() => {}, 1000);
"""

pytestmark = [
    linux_only,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not (IS_LONG or NAMED), reason="needs npm; VAULT_SYNC_LONG=1 runs it"),
]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the client and Node 22."""
    if NAMED:
        return Path(NAMED)
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    node = f"node-linux-{'arm64' if machine() in {'aarch64', 'arm64'} else 'x64'}@22"
    # Scripts would compile a database, which takes minutes and is not asked for here.
    options = ["--no-audit", "--no-fund", "--ignore-scripts"]
    command = ["npm", "install", *options, "obsidian-headless", node]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"the client cannot be had here: {error}")
    return folder


def has_said(client: Client, number: int) -> bool:
    return len(client.said()) >= number


class Client:
    """The adapter at work in a process of its own."""

    def __init__(self, popen: subprocess.Popen[str], out: Path) -> None:
        self.popen = popen
        self._out = out

    def said(self) -> list[list[Any]]:
        lines = self._out.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("[")]

    def await_word(self, word: str, seconds: float = 60) -> None:
        wait_until(lambda: [word] in self.said(), seconds, f"The client never says {word}.")


@contextmanager
def run_client(modules: Path, place: Path, vault: Path, saves: int) -> Iterator[Client]:
    text = (modules / "node_modules/obsidian-headless/cli.js").read_text("utf-8")
    if not CLASS.search(text):
        pytest.skip("the client has another shape by now")
    program, driver, out = place / "client.cjs", place / "driver.mjs", place / "out"
    shutil.copy(
        modules / "node_modules/obsidian-headless/package.json", place
    )  # it reads its version
    program.write_text(_expose(text), "utf-8")
    driver.write_text(DRIVER, "utf-8")
    (place / "node_modules").symlink_to(modules / "node_modules")
    (node,) = modules.glob("node_modules/node-linux-*/bin/node")
    environment = os.environ | {"DRIVEN": json.dumps([str(program), str(vault), saves])}
    with out.open("w", encoding="utf-8") as stream:
        popen = subprocess.Popen(
            [node, driver],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=environment,
            text=True,
        )
    client = Client(popen, out)
    try:
        client.await_word("ready")
        yield client
    finally:
        popen.kill()
        popen.wait()


def _expose(text: str) -> str:
    return CLASS.sub(
        lambda found: found[0].replace("=class{", "=globalThis.fileAdapter=class{", 1),
        text,
        count=1,
    )


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_SYNC_STATE", str(tmp_path / "state"))
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / ".vault-sync.yaml").write_text(RULES, "utf-8")
    for number in range(5):
        (vault / f"{number}.md").write_text(NOTE, "utf-8")
    return vault


def test_each_write_is_a_modification(modules: Path, tmp_path: Path, vault: Path) -> None:
    with run_client(modules, tmp_path, vault, 0) as client:
        for day in range(27, 31):
            before = len(client.said())
            assert (
                run(["-q", "--vault", str(vault), "refresh", "--now", f"2024-10-{day}T09:00"]) == 0
            )
            wait_until(partial(has_said, client, before + 5), 20)
        told = [words for words in client.said() if words[0] not in {"ready", "done"}]
    first = [["file-created", f"{number}.md"] for number in range(5)]
    events = [words for words in told if words not in first or told.count(words) > 1]
    wanted = [["modified", f"{number}.md"] for number in range(5) for _ in range(4)]
    assert sorted(events) == wanted


def test_no_save_is_lost(modules: Path, tmp_path: Path, vault: Path, figures: list[str]) -> None:
    with LiveDaemon(vault) as daemon, run_client(modules, tmp_path, vault, SAVES) as client:
        client.await_word("done", 1200)
        notes = [(vault / f"{number}.md").read_text("utf-8") for number in range(5)]
        assert daemon.stop() == 0
    rescued = [file.read_text("utf-8") for file in locate_state(vault).rescue.glob("*")]
    everything = "".join((*notes, *rescued)).splitlines()
    lost = {f"line {number}" for number in range(SAVES)} - {*everything}
    assert not lost
    assert {path.name for path in vault.iterdir()} == {
        ".vault-sync.yaml",
        *(f"{n}.md" for n in range(5)),
    }
    figures.append(f"Obsidian's own file adapter: {SAVES} saves beside the daemon, 0 lost")
