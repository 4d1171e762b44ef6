"""Recording anew gives the same connections as those that are kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.conftest import BENCHMARKS

KEPT = BENCHMARKS / "handshakes"


def shape(path: Path) -> dict:
    recording = json.loads(path.read_text())
    facts = {key: recording[key] for key in ("version", "resumed", "asked", "server_chain", "client_chain")}
    senders = [flight["from"] for flight in recording["flights"]]
    return {**facts, "refused": recording["refused"] is not None, "senders": senders}


def test_recording_anew(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(BENCHMARKS / "record.py"), "--output", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    names = sorted(path.name for path in KEPT.glob("*.json"))
    assert sorted(path.name for path in tmp_path.glob("*.json")) == names
    for name in names:
        if name == "certificates.json":
            assert (
                json.loads((tmp_path / name).read_text()).keys()
                == json.loads((KEPT / name).read_text()).keys()
            )
        else:
            assert shape(tmp_path / name) == shape(KEPT / name), name


def test_only_what_should_be_refused_is_refused() -> None:
    refused = {path.stem for path in KEPT.glob("tls*.json") if json.loads(path.read_text())["refused"]}
    assert refused == {"tls12-refused"}
