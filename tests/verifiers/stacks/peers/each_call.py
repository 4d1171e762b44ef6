"""Calls with a program that connects once and ends. Arguments: its command, in which ``{}`` is the port.

Reads a port a line, runs the program with a line of HTTP for its input, and prints its last words.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

PATIENCE = 10

for line in sys.stdin:
    command = [argument.replace("{}", line.strip()) for argument in sys.argv[1:]]
    # A file, since tstclnt does not see the end of a pipe.
    with tempfile.TemporaryFile() as said_to_it, tempfile.TemporaryFile() as heard:
        said_to_it.write(b"GET / HTTP/1.0\r\n\r\n")
        said_to_it.seek(0)
        try:
            subprocess.run(
                command, stdin=said_to_it, stdout=heard, stderr=heard, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            heard.write(b"\ndoes not end")
        heard.seek(0)
        said = heard.read().decode(errors="replace").splitlines()
    print(" ".join(said[-1:]), flush=True)
