"""An sdist and a wheel: everything that ships is inside, and either runs where nothing but its dependencies is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import tlseku

PROJECT = Path(__file__).resolve().parents[1]
CAPTURE = PROJECT / "captures" / "wrong-eku-refused.pcap"

pytestmark = pytest.mark.xdist_group("installing")


def run(*command: str | Path, at: Path, pure: bool = True, **more: str) -> str:
    """What a command prints, away from the sources: neither they nor what was installed here is on its path."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TLSEKU", "COV"))
    }
    environment |= {"TLSEKU_PURE": "1" if pure else "", **more}
    done = subprocess.run(
        [*map(str, command)], cwd=at, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask_backend(hook: str, *arguments: str, at: Path, pure: bool = True, **environment: str) -> Any:
    """What a hook of the build backend answers, called as pip and build call it."""
    program = (
        "import json, sys; sys.path.insert(0, 'build_backend')\n"
        "import tlseku_build\n"
        f"answer = tlseku_build.{hook}(*{arguments!r})\n"
        "print(json.dumps(answer))"
    )
    return json.loads(run(sys.executable, "-c", program, at=at, pure=pure, **environment).splitlines()[-1])


def build(kind: str, source: Path, into: Path, *, pure: bool = True, **environment: str) -> Path:
    """An ``sdist`` or ``wheel`` of a directory."""
    into.mkdir(exist_ok=True)
    ask_backend(f"build_{kind}", str(into), at=source, pure=pure, **environment)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sdist")
    source = place / "source"
    source.mkdir()
    for name in ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.cfg", "setup.py"):
        shutil.copy(PROJECT / name, source)
    for name in ("build_backend", "tlseku"):
        shutil.copytree(
            PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
        )
    return build("sdist", source, place / "made")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            archive.extract(member, place)
    (top,) = place.iterdir()
    return top


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", unpacked, tmp_path_factory.mktemp("wheel"))


def shipped() -> set[str]:
    """Every file of the package: modules, schemas, tables, templates, the mark of types."""
    return {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "tlseku").rglob("*")
        if path.is_file() and path.parent.name != "__pycache__" and path.suffix not in (".so", ".pyd")
    }


def installed(made: Path, place: Path) -> Path:
    """The ``tlseku`` of a fresh environment into which a distribution was installed, without network."""
    run(sys.executable, "-m", "venv", "--without-pip", place, at=place.parent)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", at=place).strip()
    # Its dependencies are those of the tests; a directory named so brings no editable installation along.
    beside = [path for path in sys.path if any(Path(path, name).is_dir() for name in ("click", "setuptools"))]
    Path(packages, "dependencies.pth").write_text("\n".join(beside) + "\n", encoding="utf-8")
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    )
    run(*pip, "--no-index", "--no-deps", "--no-build-isolation", made, at=place)
    return programs / "tlseku"


def test_everything_that_ships_is_in_the_sdist(unpacked: Path) -> None:
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert sorted(shipped() - there) == []
    assert there >= {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "setup.cfg", "setup.py"}
    assert "build_backend/tlseku_build.py" in there


@pytest.mark.parametrize("hook", ["get_requires_for_build_wheel", "get_requires_for_build_editable"])
@pytest.mark.parametrize(
    ("pure", "compiler", "asked"),
    [
        (True, None, []),
        (False, "no-such-compiler-anywhere", []),
        pytest.param(
            False,
            None,
            ["mypy[mypyc]==2.4.*"],
            marks=pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler"),
        ),
    ],
    ids=["by wish", "without a C compiler", "compiled"],
)
def test_the_compiler_is_asked_for_only_where_it_will_compile(
    hook: str, pure: bool, compiler: str | None, asked: list[str], unpacked: Path
) -> None:
    environment = {} if compiler is None else {"CC": compiler}
    needs = ask_backend(hook, at=unpacked, pure=pure, **environment)
    # (older setuptools ask for wheel)
    assert [need for need in needs if not need.startswith("wheel")] == asked


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"tlseku-{tlseku.__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == shipped()


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_what_is_installed_runs(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    program = installed(request.getfixturevalue(kind), tmp_path / "fresh")
    assert "pure Python" in run(program, "--version", at=tmp_path)
    here = run(sys.executable, "-m", "tlseku", "flows", CAPTURE, at=PROJECT)
    assert run(program, "flows", CAPTURE, at=tmp_path) == here != ""


def test_without_a_c_compiler_the_wheel_is_pure(unpacked: Path, tmp_path: Path) -> None:
    made = build("wheel", unpacked, tmp_path / "made", pure=False, CC="no-such-compiler-anywhere")
    assert made.name == f"tlseku-{tlseku.__version__}-py3-none-any.whl"


@pytest.mark.long
def test_a_compiled_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    made = build("wheel", unpacked, tmp_path / "made", pure=False)
    program = installed(made, tmp_path / "fresh")
    assert "compiled" in run(program, "--version", at=tmp_path)
    here = run(sys.executable, "-m", "tlseku", "flows", CAPTURE, at=PROJECT)
    assert run(program, "flows", CAPTURE, at=tmp_path) == here != ""
