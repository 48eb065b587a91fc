"""Runs a program and prints as JSON what it cost: ``python -I launcher.py PROGRAM ARGUMENTS…``.

A system counts in a child's peak memory what its parent held when it started it. So the parent of
what is measured is this: no bigger than any Python program is.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the program of the arguments; what it prints is thrown away, its errors are not."""
    command = sys.argv[1:]
    silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=silence)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of each system
    cost = {"wall": wall, "user": usage.ru_utime, "system": usage.ru_stime}
    print(json.dumps({**cost, "peak": usage.ru_maxrss * unit}))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
