#!/usr/bin/env bash
# mypyc 2.4.1: what a compiled module tells of itself.
#
# Seen with mypy 2.4.1 on CPython 3.11 (Linux, gcc 12): the docstrings of the module, its functions and its methods are
# None, that of a class is an empty string, and a NamedTuple says "mypyc filler docstring" in place of its own words.
# Signatures keep their names and lose their annotations. So help() of a compiled public name is empty, and whoever
# builds documentation from compiled modules prints the filler. Public names belong into modules that stay Python.
#
# Needs python3 with venv, and a C compiler with Python's headers. Fails if any of this changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check 'mypy[mypyc]==2.4.1' 'setuptools==84.2.1'
cd "$place"
cat >shapes.py <<'PYTHON'
"""Shapes of a plane."""

from typing import NamedTuple


class Point(NamedTuple):
    """A point of the plane."""

    x: int


class Line:
    """What joins two points."""

    def length(self) -> int:
        """How long it is."""
        return 1


def area(side: int) -> int:
    """The area of a square."""
    return side * side
PYTHON
venv/bin/python -m mypyc shapes.py >build.log 2>&1 || { cat build.log >&2; exit 1; }
mv shapes.py source.txt
venv/bin/python - <<'PYTHON' | tee said.txt
import inspect
import shapes

print("compiled:", not shapes.__file__.endswith(".py"))
print("module:", repr(shapes.__doc__))
print("NamedTuple:", repr(shapes.Point.__doc__))
print("class:", repr(shapes.Line.__doc__))
print("method:", repr(shapes.Line.length.__doc__))
print("function:", repr(shapes.area.__doc__), inspect.signature(shapes.area))
PYTHON
diff said.txt - <<'SEEN'
compiled: True
module: None
NamedTuple: 'mypyc filler docstring'
class: ''
method: None
function: None (side)
SEEN
echo "as seen"
