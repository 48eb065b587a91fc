"""``vault-sync`` without its start: a process that has loaded all of it forks one child for each command.

Most of the time of a small command is the start of Python and of our modules. Where tests run hundreds of them and the start is not
the point, as with the pages, they come through here: arguments, folder, environment and streams are those of
who asks, and each command has a process of its own. What a start loads and costs is tested with real ones.
"""

from __future__ import annotations

import atexit
import gc
import os
import pkgutil
import select
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import vault_sync

ROOT: Final = Path(__file__).parent.parent
_PYTHON: Final = sys.executable
# It asks with what is built into Python: nothing is imported from a file.
_ASK: Final = """\
import posix, sys, _socket
asking = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
asking.connect(sys.argv[1])
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
asking.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
words = [word.encode("utf-8", "surrogateescape") for word in sys.argv[2:]]
names = [name + b"=" + value for name, value in posix.environ.items()]
asking.sendall(b"\\0".join([posix.getcwdb(), b"%d" % len(words), *words, *names]))
asking.shutdown(_socket.SHUT_WR)
posix._exit(asking.recv(1)[0])
"""


def make_python_path() -> str:
    """Return where Python looks for modules: where that of the tests was told to, and in this project."""
    return os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))


@cache
def find_program() -> tuple[str, ...]:
    """Return the words that start ``vault-sync`` where nothing hangs on its start."""
    if os.name == "nt":
        return (sys.executable, "-m", "vault_sync")
    program = find_socket().with_name("vault-sync")
    write_program(program)
    return (str(program),)


def write_program(file: Path, module: str = "vault_sync.__main__") -> None:
    """Write a program that is ``vault-sync``, answered by the warm process of this one.

    Args:
        file: the program.
        module: whose `main` is called.
    """
    file.write_text(f'#!/bin/sh\nset -- {module} "$@"\n{_ask()}', "utf-8")
    file.chmod(0o755)


@cache
def find_python() -> str:
    """Return a Python whose ``vault-sync`` is answered by the warm process; all else is the real one.

    Where the variable WARM_PYTHON names it, commands of the warm process take it for theirs.
    """
    if os.name == "nt":
        return _PYTHON
    python = find_socket().with_name("python")
    python.write_text(
        '#!/bin/sh\ncase "$1 $2 $3" in\n'
        '"-P -m vault_sync") shift 3; set -- vault_sync.__main__ "$@" ;;\n'
        '"-m vault_sync "*) shift 2; set -- vault_sync.__main__ "$@" ;;\n'
        '"-P -c from vault_sync.git.hook_main import main; main()")'
        ' shift 3; set -- vault_sync.git.hook_main "$@" ;;\n'
        f'*) exec "{_PYTHON}" "$@" ;;\nesac\n{_ask()}',
        "utf-8",
    )
    python.chmod(0o755)
    return str(python)


def _ask() -> str:
    """Return the end of a script of the shell that asks the warm process for what it was given."""
    return f'exec "{_PYTHON}" -ISX utf8 -c \'{_ASK}\' "{find_socket()}" "$@"\n'


@cache
def find_socket() -> Path:
    """Start the warm process, which ends with this one, and return where it listens."""
    folder = tempfile.TemporaryDirectory(prefix="warm-")
    atexit.register(folder.cleanup)
    place = Path(folder.name, "socket")
    process = subprocess.Popen(
        [_PYTHON, "-m", "tests.warm", str(place)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    assert process.stdout.readline()
    return place


def serve(place: str) -> None:
    """Answer whoever asks, until the one that started this is gone; each command ends a child of its own."""
    load_all()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(place)
        listener.listen()
        print("It listens.", flush=True)  # noqa: T201 - for the one that started this
        while sys.stdin not in select.select([sys.stdin, listener], [], [])[0]:
            asking, _ = listener.accept()
            if not os.fork():
                listener.close()
                answer(asking)
            asking.close()
            with suppress(ChildProcessError):
                os.waitpid(-1, os.WNOHANG)


def load_all() -> None:
    """Load every module of the program."""
    for module in pkgutil.walk_packages(vault_sync.__path__, "vault_sync."):
        with suppress(ImportError):  # of another system
            import_module(module.name)
    gc.freeze()


def answer(asking: socket.socket) -> NoReturn:
    """Run the command that is asked for in a child, and say with which code that has ended."""
    _, streams, _, _ = socket.recv_fds(asking, 1, 3)
    asked = b"".join(iter(partial(asking.recv, 65_536), b"")).split(b"\0")
    pid = os.fork()
    if not pid:
        asking.close()
        become(asked, streams)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    asking.send(bytes([code % 256]))
    os._exit(0)


def become(asked: list[bytes], streams: list[int]) -> NoReturn:
    """Be the program, as who asks would have started it."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked[0])
    end = 2 + int(asked[1])
    module, *arguments = map(os.fsdecode, asked[2:end])
    sys.argv = ["vault-sync", *arguments]
    os.environ.clear()
    os.environ.update(os.fsdecode(pair).partition("=")[::2] for pair in asked[end:])
    sys.executable = os.environ.get("WARM_PYTHON", sys.executable)
    time.tzset()
    try:
        import_module(module).main()
    except SystemExit as error:
        end_at_once(error.code)
    except BaseException:  # noqa: BLE001 - as Python says it
        traceback.print_exc()
    end_at_once(1)


def end_at_once(code: object) -> NoReturn:
    """End without taking down all the modules, which takes longer than most commands."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve(sys.argv[1])
