"""What ``tlseku._build`` provides: the same as librt, and in its place where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt import strings, vecs
from mypy_extensions import i64

from tlseku import _build as pure

PROJECT = Path(__file__).resolve().parents[1]
CAPTURES = sorted(str(path) for path in (PROJECT / "captures").glob("*.pcap*"))

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)

WITHOUT = """
import sys
class Nowhere:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(name) if name.partition(".")[0] != "librt" else ImportError(name)
if "librt" in {hidden!r}:
    # As where it was never installed: the finders of the installation do not see it.
    for finder in list(sys.meta_path):
        if hasattr(finder, "find_spec") and finder.__class__ is not type(None):
            class Around:
                def __init__(self, inner): self.inner = inner
                def find_spec(self, name, path=None, target=None):
                    return None if name.partition(".")[0] in {hidden!r} else self.inner.find_spec(name, path, target)
            sys.meta_path[sys.meta_path.index(finder)] = Around(finder)
else:
    sys.meta_path.insert(0, Nowhere)
from tlseku.cli import main
main({args!r}, prog_name="tlseku")
"""


def without(hidden: set[str], *args: str) -> subprocess.CompletedProcess[str]:
    """What ``tlseku`` does where some libraries are not installed."""
    program = WITHOUT.format(hidden=hidden, args=list(args))
    return subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120
    )


@given(st.lists(NUMBERS), NUMBERS, st.integers(-8, 8), st.integers(-8, 8))
def test_a_vector(numbers: list[int], more: int, begin: int, end: int) -> None:
    real, ours = vecs.vec[i64](numbers), pure.vec.__class_getitem__(i64)(numbers)
    real, ours = vecs.append(real, more), pure.append(ours, more)
    assert list(ours) == list(real)
    assert len(ours) == len(real)
    assert list(ours[begin:end]) == list(real[begin:end])
    assert ours[-1] == real[-1] == more
    assert type(ours[begin:end]) is pure.vec


@given(st.lists(st.one_of(st.binary(max_size=8), NUMBERS)), st.integers(0, 40))
def test_a_writer(written: list[bytes | int], size: int) -> None:
    real, ours = strings.BytesWriter(), pure.BytesWriter()
    for piece in written:
        if isinstance(piece, bytes):
            real.write(piece)
            ours.write(piece)
        else:
            strings.write_i64_le(real, piece)
            pure.write_i64_le(ours, piece)
            real.append(piece & 0xFF)
            ours.append(piece & 0xFF)
    if size <= len(real):
        real.truncate(size)
        ours.truncate(size)
    else:
        with pytest.raises(ValueError):
            real.truncate(size)
        with pytest.raises(ValueError):
            ours.truncate(size)
    assert (len(ours), ours.getvalue()) == (len(real), real.getvalue())


@given(st.binary(max_size=24), st.integers(0, 24))
def test_words_of_bytes(data: bytes, at: int) -> None:
    for ours, real in ((pure.read_i64_le, strings.read_i64_le), (pure.read_i64_be, strings.read_i64_be)):
        try:
            found = real(data, at)
        except (IndexError, ValueError) as error:
            with pytest.raises(type(error)):
                ours(data, at)
        else:
            assert ours(data, at) == found


@pytest.mark.parametrize("args", [("flows", "-T", "ndjson"), ("flows",), ("report", "-o", "-")])
def test_everything_runs_without_librt(args: tuple[str, ...]) -> None:
    """Of the pure build: compiled modules are linked with the real one."""
    done = without({"librt"}, *args, *CAPTURES)
    if "compiled" in without(set(), "--version").stdout:
        pytest.skip("this is the compiled build")
    assert (done.returncode, done.stdout) == (0, without(set(), *args, *CAPTURES).stdout)


def test_a_pattern_without_re2_is_a_mistake_that_says_what_helps() -> None:
    args = ("flows", "-T", "csv", "-e", "flow.number", "-Y")
    done = without({"re2"}, *args, 'tls.sni matches "x"', CAPTURES[0])
    assert done.returncode == 2
    assert "matches needs google-re2, which is not installed: pip install 'tlseku[re2]'" in done.stderr
    done = without({"re2"}, *args, 'tls.sni contains "x"', CAPTURES[0])
    assert done.returncode == 0
