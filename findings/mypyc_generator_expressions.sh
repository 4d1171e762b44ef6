#!/usr/bin/env bash
# mypyc 2.4.1: a generator expression that a function hands back is computed whole before the first is asked for.
#
# Seen with mypy 2.4.1 on CPython 3.11 (Linux, gcc 12): of `return (f(x) for x in xs)` a compiled function makes a list,
# and hands back an iterator over it. Types and values are right, mypy --strict and tests of the interpreted module
# pass; but all is computed at once and kept in memory, and of something without an end nothing ever comes back. The
# compiler says "Treating generator comprehension as list" for each such place, and builds. A function with `yield` stays
# lazy. A program that writes tens of thousands of lines took 306 MiB instead of 75 once it was compiled.
#
# Needs python3 with venv, and a C compiler with Python's headers. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check 'mypy[mypyc]==2.4.1' 'setuptools==84.2.1'
cd "$place"
cat >lines.py <<'PYTHON'
from collections.abc import Callable, Iterable, Iterator


def expression(texts: Iterable[str], shown: Callable[[str], str]) -> Iterator[str]:
    return (shown(text) for text in texts)


def function(texts: Iterable[str], shown: Callable[[str], str]) -> Iterator[str]:
    for text in texts:
        yield shown(text)
PYTHON
cat >ask.py <<'PYTHON'
import lines

for make in (lines.expression, lines.function):
    asked = []
    made = make(["a", "b", "c"], lambda text: asked.append(text) or text.upper())
    before = len(asked)
    print(f"{make.__name__}: {type(made).__name__}, {before} computed before the first was asked for, first: {next(made)}")
PYTHON
venv/bin/mypy --strict --cache-dir=cache lines.py >types.txt
echo "interpreted" >said.txt
venv/bin/python ask.py >>said.txt
PATH="$place/venv/bin:$PATH" venv/bin/mypyc lines.py >build.log 2>&1
grep -c 'Treating generator comprehension as list' build.log >warned.txt
echo "compiled" >>said.txt
venv/bin/python ask.py >>said.txt
echo "warned $(cat warned.txt) times" >>said.txt
cat said.txt
diff said.txt - <<'SEEN'
interpreted
expression: generator, 0 computed before the first was asked for, first: A
function: generator, 0 computed before the first was asked for, first: A
compiled
expression: list_iterator, 3 computed before the first was asked for, first: A
function: function_gen, 0 computed before the first was asked for, first: A
warned 1 times
SEEN
