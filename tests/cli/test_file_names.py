"""A file whose name is no UTF-8, as Linux allows: whatever is written can be read as UTF-8, JSON strings too."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.builder import build
from tests.cli.conftest import Run
from tests.cli.test_live import CAPTURES
from tlseku.cli.streams.flow_formats import FORMATS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")

JSON = ("json", "ndjson", "ecs", "eve", "sarif")
COMMANDS = (
    ("flows", "--summary", "-T", "json"),
    ("flows", "--full", "-T", "json"),
    ("flows", "--rows", "findings", "-T", "json"),
    ("certs", "-T", "json"),
    ("requests", "-T", "json"),
    ("show", "-T", "json"),
    ("explain", "-T", "json"),
    ("ladder", "-T", "json"),
    ("chain", "-T", "json"),
    ("sunset", "-T", "json"),
    ("sunset", "--by", "issuer", "-T", "json"),
    ("match", "--serial", "5a17c0de00000021", "-T", "json"),
    ("diagnose", "--profile", "generic-mtls-server", "-T", "json"),
)


@pytest.fixture
def odd(tmp_path: Path) -> str:
    name = os.path.join(os.fsencode(tmp_path), b"bad\xff\xfe.pcap")
    with open(name, "wb") as file:
        file.write((CAPTURES / "wrong-eku-refused.pcap").read_bytes())
    return os.fsdecode(name)


def strings(value: object) -> list[str]:
    """Every string in a JSON document, keys too."""
    if isinstance(value, dict):
        return [text for key, each in value.items() for text in (key, *strings(each))]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


def documents(text: str) -> list[object]:
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_is_utf_8(form: str, run: Run, odd: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run("flows", "-T", form, "-w", str(target), odd).exit_code == 0
    written = [target] if target.is_file() else [*target.iterdir()]
    assert written
    if form in ("sqlite", "arrow", "parquet"):
        return
    for file in written:
        text = file.read_bytes().decode("utf-8")
        assert "bad" in text or form not in JSON or form == "eve"
        if form in JSON:
            found = strings(documents(text))
            assert found
            for each in found:
                each.encode()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_json_of_every_command_is_utf_8(command: tuple[str, ...], run: Run, odd: str) -> None:
    done = run(*command, odd)
    assert done.exit_code in (0, 1), done.stderr
    found = strings(documents(done.stdout))
    assert found
    # What counts over all captures names none.
    assert any("bad" in each for each in found) or "--summary" in command or "--by" in command
    for each in found:
        each.encode()


def test_json_of_certificate_files_is_utf_8(run: Run, odd: str) -> None:
    with open(odd, "wb") as file:
        file.write(build(subject="odd").pem)
    found = strings(documents(run("cert", "-T", "json", odd).stdout))
    assert any("bad" in each for each in found)
    for each in found:
        each.encode()
