"""Shell completion, as docs/formats.md tells how to turn it on."""

from __future__ import annotations

import os
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
    assert f"_TLSEKU_COMPLETE={shell}_source tlseku" in DOCUMENT.read_text(encoding="utf-8")
    assert "_tlseku_completion" in completion(f"{shell}_source")


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
        ("tlseku certs -T ze", []),
        ("tlseku flows -Y nonsense -e nonsense -T par", ["parquet"]),
    ],
)
def test_words_are_completed(words: str, offered: list[str]) -> None:
    text = completion("bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
    assert [line.partition(",")[2] for line in text.splitlines() if line] == offered
