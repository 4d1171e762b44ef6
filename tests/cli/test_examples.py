"""Every example that ``--help`` shows runs as it stands, in a shell, with files of these names at hand."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku
from tests.builder import SERVER_AUTH, build, ca
from tests.cli.help_pages import help_of
from tests.policy.rule_books.books import HEAD, LAST
from tests.profiles.expressway.pairs import committed, files_of, only
from tlseku.cli.group import COMMANDS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"

COPIES = {
    "capture.pcap": "wrong-eku-refused.pcap",
    "eth0_00.pcap": "no-eku.pcap",
    "eth0_01.pcap": "declined.pcap",
    "working.pcap": "test-case-2.pcap",
    "failing.pcap": "test-case-1.pcap",
    "before.pcap": "test-case-2.pcap",
    "after.pcap": "test-case-1.pcap",
    "big.pcap.gz": "scenario1.pcap.gz",
    "session.keys": "tls13.keys",
}
"""What an example names, and the capture that stands in for it."""

STAND_INS = {
    "tlseku": f'exec "{sys.executable}" -m tlseku "$@"',
    "dumpcap": "cat capture.pcap",
    "tcpdump": "cat capture.pcap",
    "openssl": "cat fullchain.pem",
    "wireshark": "od -An -v -tx1",
}
"""Programs of the examples: the one under test, three that need a network, and one that needs a screen."""


def examples() -> list[tuple[str, str]]:
    found = []
    for name in COMMANDS:
        text = re.split(r"Examples?:\n", help_of(name), maxsplit=1)[1]
        lines = re.sub(r" \\\n +", " ", text).splitlines()
        found += [(name, line.strip()) for line in lines if line.strip()]
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with every file that an example names."""
    place = tmp_path_factory.mktemp("desk")
    for name, capture in COPIES.items():
        shutil.copy(CAPTURES / capture, place / name)
    with (place / "capture.pcapng").open("wb") as file:
        tlseku.extract(CAPTURES / "tls13.pcap", file)
    root = ca("Root")
    leaf = build(issuer=root, eku=(SERVER_AUTH,))
    for name in ("client", "server", "core-client", "core-server", "edge-client", "edge-server"):
        (place / f"{name}.pem").write_bytes(leaf.pem)
    (place / "fullchain.pem").write_bytes(leaf.pem + root.pem)
    for name in ("ca.pem", "issuing-ca.pem", "root.pem"):
        (place / name).write_bytes(root.pem)
    (place / "mine.toml").write_text(HEAD + LAST, encoding="utf-8")
    for name, node in (
        ("diagnostic_log_edge", "edge"),
        ("core", "core"),
        ("edge", "edge"),
        ("bundle", "edge"),
    ):
        shutil.copy(committed("test-case-1", node), place / f"{name}.tar.gz")
    for path, data in only(files_of("test-case-1", "edge"), "loggingsnapshot", "xconf_dump").items():
        stem, suffix = path.split("_")[0], Path(path).suffix
        kind = "loggingsnapshot" if stem == "loggingsnapshot" else "xconf_dump"
        (place / f"{kind}_edge_2026-03-24_11_57_01{suffix}").write_bytes(data)
    (place / "xconf_dump_edge_2026-03-24_11_57_01.xml").write_text(
        "<Configuration><SIP><Checking><Mode>On</Mode></Checking></SIP></Configuration>", encoding="utf-8"
    )
    for folder in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (place / folder).mkdir(parents=True)
    programs = place / "bin"
    programs.mkdir()
    for name, line in STAND_INS.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / name).chmod(stat.S_IRWXU)
    return place


def test_there_are_examples_of_every_command() -> None:
    assert {name for name, _ in examples()} == set(COMMANDS)


@pytest.mark.skipif(os.name != "posix", reason="the examples are for a POSIX shell")
@pytest.mark.parametrize(("name", "line"), examples(), ids=[line for _, line in examples()])
def test_an_example_runs(desk: Path, name: str, line: str) -> None:
    if "tshark" in line and not os.environ.get("TLSEKU_REQUIRE_TSHARK") and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    assert f"tlseku {name} " in f"{line} "
    # Examples may run in any order, each process with a desk of its own.
    before = "tlseku wireshark install > installed && " if line.endswith("wireshark uninstall") else ""
    done = subprocess.run(
        ["bash", "-c", before + line],
        cwd=desk,
        env={
            **os.environ,
            "PATH": f"{desk / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(CAPTURES.parent),
            # What is installed for a person goes there.
            "HOME": str(desk),
            "XDG_CONFIG_HOME": str(desk),
            "XDG_DATA_HOME": str(desk),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout or any(sign in line for sign in (" -w ", " -o ", " > "))
