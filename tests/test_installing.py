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


OTHERS = ("3.10", "3.12", "3.13", "3.14")
"""Pythons that are supported beside the one of the tests."""


def interpreter(version: str) -> Path:
    """A Python of this version, on the path or among those of pyenv."""
    if version == ".".join(map(str, sys.version_info[:2])):
        return Path(sys.executable)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = shutil.which(f"python{version}")
    candidates = [
        *sorted(root.glob(f"versions/{version}.*/bin/python{version}")),
        *([] if on_path is None else [Path(on_path)]),
    ]
    for each in candidates:
        # A shim of pyenv stands for versions that are not chosen, too.
        command = [str(each), "-c", "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return each
    pytest.skip(f"there is no Python {version} on this machine")


def environment_of(python: Path, wheel: Path, place: Path, without: tuple[str, ...] = ()) -> Path:
    """The ``python`` of an environment with a wheel and its dependencies, without some of them."""
    run(python, "-m", "venv", place, at=place.parent)
    fresh = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    quietly = ("install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--no-compile")
    done = subprocess.run(
        [fresh, "-m", "pip", *quietly, wheel], cwd=place, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no package index with what it needs: {done.stderr.strip().splitlines()[-1]}")
    for name in without:
        run(fresh, "-m", "pip", "uninstall", "--quiet", "--yes", name, at=place)
    return fresh


@pytest.mark.slow
@pytest.mark.parametrize("version", OTHERS)
def test_another_python_runs_the_wheel(version: str, wheel: Path, tmp_path: Path) -> None:
    """With librt from its wheel where there is one; without google-re2, which is no dependency."""
    fresh = environment_of(interpreter(version), wheel, tmp_path / "fresh")
    here = run(sys.executable, "-m", "tlseku", "flows", CAPTURE, at=PROJECT)
    assert run(fresh, "-m", "tlseku", "flows", CAPTURE, at=tmp_path) == here != ""
    assert "pure Python" in run(fresh, "-m", "tlseku", "--version", at=tmp_path)
    _runs_every_command(fresh, tmp_path)


@pytest.mark.slow
def test_it_runs_where_neither_librt_nor_re2_has_a_wheel(wheel: Path, tmp_path: Path) -> None:
    """As on musl, on ARM of 32 bits and in free-threaded Python."""
    fresh = environment_of(Path(sys.executable), wheel, tmp_path / "fresh", without=("librt",))
    here = run(sys.executable, "-m", "tlseku", "flows", CAPTURE, at=PROJECT)
    assert run(fresh, "-m", "tlseku", "flows", CAPTURE, at=tmp_path) == here != ""
    _runs_every_command(fresh, tmp_path)


def _runs_every_command(python: Path, place: Path) -> None:
    """Every module can be imported, and ``matches`` says what it lacks."""
    program = (
        "import pkgutil, importlib, tlseku\n"
        "optional = {'pandas', 'polars', 'pyarrow', 'dask', 'distributed', 'fsspec', 're2', 'lz4', 'brotli'}\n"
        "for found in pkgutil.walk_packages(tlseku.__path__, 'tlseku.'):\n"
        "    if found.name.endswith('__main__'): continue\n"
        "    try: importlib.import_module(found.name)\n"
        "    except ModuleNotFoundError as error: assert error.name.partition('.')[0] in optional, error\n"
    )
    run(python, "-W", "error::SyntaxWarning", "-c", program, at=place)
    command = [str(python), "-m", "tlseku", "flows", "-Y", 'tls.sni matches "x"', str(CAPTURE)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "matches needs google-re2, which is not installed: pip install 'tlseku[re2]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_a_compiled_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    made = build("wheel", unpacked, tmp_path / "made", pure=False)
    program = installed(made, tmp_path / "fresh")
    assert "compiled" in run(program, "--version", at=tmp_path)
    here = run(sys.executable, "-m", "tlseku", "flows", CAPTURE, at=PROJECT)
    assert run(program, "flows", CAPTURE, at=tmp_path) == here != ""
