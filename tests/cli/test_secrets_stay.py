"""No secret of a key log comes out: not in any format, page, warning, traceback or log, read well or not."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

import tlseku
from tests.capture import written
from tests.cli.conftest import Run
from tlseku.capture import packets
from tlseku.cli.streams.flow_formats import BINARY, DIRECTORIES, FORMATS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
CAPTURE, KEYS = CAPTURES / "tls13.pcap", CAPTURES / "tls13.keys"
TEXT = [form for form in FORMATS if form not in (*BINARY, *DIRECTORIES)]

SHORTEST = 12
"""Hexadecimal digits in a row that count as a part of a secret."""


def secrets_of(key_log: bytes) -> list[bytes]:
    """The last word of each line."""
    found = [line.split()[-1] for line in key_log.splitlines() if len(line.split()) == 3]
    assert found
    return found


def assert_none_of(secrets: list[bytes], said: bytes) -> None:
    """No secret, as digits in either case or as bytes, and no part of one."""
    low = said.lower()
    for secret in secrets:
        for at in range(0, len(secret) - SHORTEST, SHORTEST):
            assert secret[at : at + SHORTEST].lower() not in low
        assert bytes.fromhex(secret.decode())[:8] not in said


COMMANDS: list[tuple[str, ...]] = [
    *(("flows", "-T", form) for form in TEXT),
    ("flows", "-T", "json", "--full"),
    ("flows", "-e", "tls.client.x509.serial,tls.hidden.reason", "-T", "csv"),
    ("certs",),
    ("certs", "-T", "json"),
    ("requests", "-T", "json"),
    ("sunset",),
    ("diagnose",),
    ("report", "-o", "-"),
    ("extract", "-w", "-", "--drop-secrets"),
    ("annotate", "-w", "-", "--drop-secrets"),
]
OF_ONE_FLOW = ("show", "explain", "ladder", "chain")


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("damaged", [False, True], ids=["", "damaged"])
def test_no_command_says_one(run: Run, tmp_path: Path, args: tuple[str, ...], damaged: bool) -> None:
    key_log = KEYS.read_bytes()
    secrets = secrets_of(key_log)
    if damaged:
        # Lines that cannot be read are complained of, and must not be quoted.
        key_log = re.sub(rb"(?m)$", b" x", key_log) + key_log.replace(b" ", b"\x0b") + b"\n".join(secrets)
    keys = tmp_path / "log.keys"
    keys.write_bytes(key_log)
    result = run(*args, "--keylog", str(keys), str(CAPTURE))
    assert result.exit_code == 0
    assert ("warning" in result.stderr) is damaged
    assert_none_of(secrets, result.stdout_bytes + result.stderr_bytes)


@pytest.mark.parametrize("command", OF_ONE_FLOW)
def test_nor_one_about_a_single_flow(run: Run, command: str) -> None:
    result = run(command, "--keylog", str(KEYS), str(CAPTURE), "1")
    assert result.exit_code == 0
    assert_none_of(secrets_of(KEYS.read_bytes()), result.stdout_bytes + result.stderr_bytes)


@pytest.mark.parametrize("form", [*BINARY, *DIRECTORIES])
def test_nor_a_file(run: Run, tmp_path: Path, form: str) -> None:
    target = tmp_path / "out"
    result = run("flows", "-T", form, "-w", str(target), "--keylog", str(KEYS), str(CAPTURE))
    assert result.exit_code == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert_none_of(secrets_of(KEYS.read_bytes()), path.read_bytes())


def test_nor_a_block_of_the_capture(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.pcapng"
    frames = [written.enhanced(each[1], bytes(each[3]), opts=b"") for each in packets(str(CAPTURE))]
    clock = written.options("<", (9, b"\x09"))
    blocks = [written.section(), written.interface(opts=clock), written.secrets(KEYS.read_bytes()), *frames]
    source.write_bytes(b"".join(blocks))
    for args in (("flows", "-T", "json"), ("report", "-o", "-"), ("annotate", "--drop-secrets", "-w", "-")):
        result = run(*args, str(source))
        assert result.exit_code == 0
        assert_none_of(secrets_of(KEYS.read_bytes()), result.stdout_bytes + result.stderr_bytes)


def test_nor_a_fault_of_tlseku(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What broke may have had the secret at hand, and quote it."""
    secrets = secrets_of(KEYS.read_bytes())

    def fail(*_: object) -> None:
        raise RuntimeError(f"no good: {secrets[0].decode()}")

    monkeypatch.setattr("tlseku.decryption.secret_store.SecretStore.add", fail)
    with caplog.at_level(logging.DEBUG):
        result = run("flows", "--keylog", str(KEYS), str(CAPTURE))
    assert result.exit_code == 70
    assert_none_of(secrets, (result.stdout + result.stderr + caplog.text).encode())


def test_nor_what_a_program_prints() -> None:
    flows = tlseku.read(str(CAPTURE), secrets=(str(KEYS),))
    analyzer = tlseku.Analyzer()
    analyzer.add_secrets(KEYS.read_bytes())
    said = repr((flows, list(flows), analyzer, flows.summary, flows.warnings))
    assert_none_of(secrets_of(KEYS.read_bytes()), said.encode())
