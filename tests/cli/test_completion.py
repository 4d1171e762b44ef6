"""Shell completion, as docs/formats.md tells how to turn it on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def completion(value: str, **words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from tlseku.cli import main; main(prog_name='tlseku')"],
        env={**os.environ, "_TLSEKU_COMPLETE": value, **words},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_documented_script_comes_out(shell: str) -> None:
    assert f"tlseku completion {shell}" in DOCUMENT.read_text(encoding="utf-8")
    assert "_tlseku_completion" in completion(f"{shell}_source")


def test_a_filter_is_completed_at_its_end() -> None:
    text = completion(
        "bash_complete", COMP_WORDS="tlseku flows -Y 'tls.client.verdict == wrong and tls.sn'", COMP_CWORD="3"
    )
    assert text == "plain,tls.client.verdict == wrong and tls.sni\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the program in it, for a PATH."""
    program = tmp_path / "tlseku"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m tlseku \"$@\"\n")
    program.chmod(0o755)
    return tmp_path


def in_shell(shell: str, place: Path, script: str) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    return subprocess.run(
        [shell, "-c", script],
        env={
            **os.environ,
            "PATH": f"{place}:{os.environ['PATH']}",
            "PYTHONPATH": str(DOCUMENT.parents[1]),
            "HOME": str(place),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_bash_completes(place: Path) -> None:
    script = (
        'eval "$(tlseku completion bash)"; COMP_WORDS=(tlseku flows --fail-on unr); COMP_CWORD=3;'
        ' _tlseku_completion tlseku; echo "${COMPREPLY[@]}"'
    )
    assert in_shell("bash", place, script) == "unrestricted unreadable unread\n"


def test_fish_completes(place: Path) -> None:
    script = "tlseku completion fish | source; complete -C 'tlseku wireshark inst'"
    assert in_shell("fish", place, script).split() == ["install"]


def test_zsh_takes_the_script(place: Path) -> None:
    script = "autoload -U compinit && compinit -u; tlseku completion zsh > s; zsh -n s && source ./s && whence -w _tlseku_completion"
    assert in_shell("zsh", place, f"cd {place}; {script}") == "_tlseku_completion: function\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tlseku fl", ["flows"]),
        ("tlseku flows --disp", ["--display-filter"]),
        ("tlseku flows -T ze", ["zeek", "zeek-json"]),
        ("tlseku flows -e tls.sn", ["tls.sni"]),
        (
            "tlseku flows -e tls.sni,tcp.",
            ["tls.sni,tcp.stream", "tls.sni,tcp.port", "tls.sni,tcp.srcport", "tls.sni,tcp.dstport"],
        ),
        ("tlseku flows -e x509ce.dN", ["x509ce.dNSName"]),
        ("tlseku flows -Y tls.sn", ["tls.sni"]),
        ("tlseku certs -Y x509.eku_", ["x509.eku_present"]),
        ("tlseku flows --fail-on wrong,refused_", ["wrong,refused_inside"]),
        ("tlseku flows --rule-books go,gnutls-", ["go,gnutls-purpose"]),
        ("tlseku completion z", ["zsh"]),
        ("tlseku wireshark un", ["uninstall"]),
        ("tlseku certs -T ze", []),
        ("tlseku flows -Y nonsense -e nonsense -T par", ["parquet"]),
    ],
)
def test_words_are_completed(words: str, offered: list[str]) -> None:
    text = completion("bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
    assert [line.partition(",")[2] for line in text.splitlines() if line] == offered
