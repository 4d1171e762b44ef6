"""Runs one command and says what it cost: a process of its own, so that the runner's memory is not counted.

Knows ``posix_spawn`` and ``wait4`` only, and imports as little as it can: Linux gives a child the peak memory of
the process that started it as a floor, which is about 9 MB here. CPU covers the command and the descendants that
it waited for; peak memory is that of the largest single process among them. Prints one JSON object.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """``measure.py TIMEOUT STDOUT STDERR COMMAND...``; STDOUT and STDERR are files to write."""
    timeout, stdout, stderr = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    command = sys.argv[4:]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    redirect = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, stdout, flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, stderr, flags, 0o644),
    ]
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=redirect, setpgroup=0)
    late = False

    def give_up(*_: object) -> None:
        nonlocal late
        late = True
        os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    signal.setitimer(signal.ITIMER_REAL, 0)
    result = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "exit": os.waitstatus_to_exitcode(status),
        "timed_out": late,
    }
    sys.stdout.write(json.dumps(result) + "\n")


main()
