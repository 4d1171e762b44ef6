#!/usr/bin/env bash
# click 8.5.1: every short option that is right looks first for words like it, and throws them away.
#
# The parser asks for a long option of that name before it reads `-a` as a short one, and the error that says that there
# is none (NoSuchOption) looks for close matches when it is made, not when it is shown. So each short option imports
# difflib and compares itself with all options of the command; a long option does neither. A command called with
# twenty short options searches twenty times.
#
# Needs Python 3.10 or newer with pip. Fails if this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check click==8.5.1
cat >count.py <<'PYTHON'
import sys

import click


@click.command()
@click.option("-a", "--alpha", multiple=True)
@click.option("-b", "--beta", is_flag=True)
def command(alpha, beta):
    """Take both."""


before = "difflib" in sys.modules
command.main(["--alpha", "1", "--beta"], standalone_mode=False)
after_long = "difflib" in sys.modules
command.main(["-a", "1", "-b"], standalone_mode=False)
after_short = "difflib" in sys.modules
print(f"difflib imported: before {before}, after long options {after_long}, after short options {after_short}")

import difflib

asked = []
search = difflib.get_close_matches
difflib.get_close_matches = lambda word, *rest: asked.append(word) or search(word, *rest)
command.main(["--alpha", "1"] * 20, standalone_mode=False)
print(f"searches for twenty long options: {len(asked)}")
command.main(["-a", "1"] * 20, standalone_mode=False)
print(f"searches for twenty short options: {len(asked)}")
PYTHON
env/bin/python count.py | tee said.txt
diff said.txt - <<'SEEN'
difflib imported: before False, after long options False, after short options True
searches for twenty long options: 0
searches for twenty short options: 20
SEEN
