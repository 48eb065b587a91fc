"""A real browser to look at pages with: Chromium without a window, spoken to through a pipe.

The messages are those of the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
# The protocol's pipe: the browser reads commands from its descriptor 3 and answers to its descriptor 4.
# Both are first moved out of the way: either may be 3 or 4 already. (Shells know one digit only.)
_WITH_PIPES: Final = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for descriptor, pipe in enumerate(pipes, 3):
    os.dup2(pipe, descriptor)
    os.close(pipe)
os.execv(sys.argv[3], sys.argv[3:])
"""
_OPTIONS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--lang=en",
)


def find_browser() -> str | None:
    """Return the browser of this machine; None where there is none that we can speak to."""
    return None if os.name == "nt" else next(filter(None, map(shutil.which, _PROGRAMS)), None)


@dataclass(slots=True)
class Browser:
    """A page in a running browser.

    Attributes:
        events: what the browser told of itself, such as requests and messages of the console.
    """

    _commands: IO[bytes]
    _answers: IO[bytes]
    events: list[dict[str, Any]] = field(default_factory=list)
    _session: str = ""
    _count: int = 0

    def open(
        self, page: Path, width: int = 1200, *, height: int = 900, scheme: str = "light"
    ) -> None:
        """Open a page and wait until it is drawn.

        Args:
            page: a file.
            width: of the screen, in CSS pixels.
            height: the same.
            scheme: the user prefers ``light`` or ``dark``.
        """
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        wish = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", features=[wish])
        before = len(self.events)
        self.ask("Page.navigate", url=page.resolve().as_uri())
        while not any(one["method"] == "Page.loadEventFired" for one in self.events[before:]):
            self._read()
        self.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")

    def evaluate(self, script: str) -> Any:
        """Return what an expression gives in the page, promises kept."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")

    def take_picture(self, *, is_whole: bool = True) -> bytes:
        """Return the page, or what of it is on the screen, as PNG."""
        answer = self.ask("Page.captureScreenshot", captureBeyondViewport=is_whole)
        return base64.b64decode(answer["data"])

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result.

        Raises:
            RuntimeError: the browser says that it failed.
        """
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        self._commands.write(json.dumps(command).encode() + b"\0")
        self._commands.flush()
        while True:
            message = self._read()
            if message.get("id") == self._count:
                break
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        result: dict[str, Any] = message["result"]
        return result

    def attach(self) -> None:
        """Make a page to work with."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def _read(self) -> dict[str, Any]:
        data = bytearray()
        while (letter := self._answers.read(1)) != b"\0":
            if not letter:
                raise RuntimeError("The browser has gone.")
            data += letter
        message: dict[str, Any] = json.loads(data)
        if "method" in message:
            self.events.append(message)
        return message


@contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """Run a browser for as long as it is needed.

    Args:
        program: the one that `find_browser` found.
    """
    their_commands, our_commands = os.pipe()
    our_answers, their_answers = os.pipe()
    theirs = (their_commands, their_answers)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = [*map(str, theirs), program, *_OPTIONS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(  # noqa: S603 - the browser that was found
            [sys.executable, "-c", _WITH_PIPES, *arguments],
            pass_fds=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in theirs:
            os.close(descriptor)
        with open(our_commands, "wb") as commands, open(our_answers, "rb") as answers:  # noqa: PTH123 - descriptors, no paths
            try:
                browser = Browser(commands, answers)
                browser.attach()
                yield browser
                browser.ask("Browser.close")
            finally:
                process.kill()
                process.wait()
