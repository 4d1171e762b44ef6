"""Captures with key logs, our own and real ones, beside tshark."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.decryption.observer import Observer
from tests.decryption.turns import Turn, dialogues
from tlseku.decryption import KeyLogReader, SecretStore
from tlseku.tls.certificate_message import read_certificate_message


def store_of(log: Path) -> SecretStore:
    store = SecretStore()
    reader = KeyLogReader(store, log.name)
    reader.feed(log.read_bytes())
    reader.close()
    assert (reader.malformed, reader.unknown) == (0, 0)
    return store


def followed(tshark: str, capture: Path, log: Path, streams: int) -> list[list[bytes]]:
    """The application data of each side of each TCP stream, as tshark decrypts it."""
    command = [tshark, "-n", "-r", str(capture), "-o", f"tls.keylog_file:{log}", "-q"]
    for number in range(streams):
        command += ["-z", f"follow,tls,raw,{number}"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[int, list[bytes]] = {}
    number = -1
    for line in output.splitlines():
        if line.startswith("Filter: tcp.stream eq "):
            number = int(line.rpartition(" ")[2])
            found[number] = [b"", b""]
        elif line.strip() and set(line.strip()) <= set("0123456789abcdef"):
            found[number][line.startswith("\t")] += bytes.fromhex(line.strip())
    return [found[number] for number in range(streams)]


def compare(tshark: str, capture: Path, log: Path) -> list[Observer]:
    turns: list[list[Turn]] = dialogues(capture)
    seen = [Observer(store_of(log)).run(one) for one in turns]
    assert [one.finished for one in seen] == [2] * len(seen)
    assert [(one.unfit, one.sealed) for one in seen] == [([], 0)] * len(seen)
    # The side that tshark calls the first is not always the client.
    theirs = followed(tshark, capture, log, len(seen))
    assert [sorted(one.data) for one in seen] == [sorted(sides) for sides in theirs]
    return seen


def test_our_own_tls13_capture(own_captures: Path, tshark: str) -> None:
    (seen,) = compare(tshark, own_captures / "tls13.pcap", own_captures / "tls13.keys")
    assert (seen.types(0), seen.types(1)) == ([1, 11, 15, 20], [2, 8, 13, 11, 15, 20, 4, 4])
    assert seen.data == [b"hello\n", b"hello to you\n"]


def test_all_ciphers(shared_captures: Path, tshark: str) -> None:
    seen = compare(
        tshark, shared_captures / "pcapfs-all_ciphers.pcap", shared_captures / "pcapfs-all_ciphers.key"
    )
    assert len(seen) == 31
    assert len({one.cipher_suite for one in seen}) == 31
    assert all(len(one.data[0]) and len(one.data[1]) for one in seen)
    expected = json.loads((shared_captures / "expected" / "pcapfs-all_ciphers.pcap.keys.json").read_text())
    assert [one.cipher_suite for one in seen] == [int(flow["cipher"], 16) for flow in expected["flows"]]


@pytest.mark.parametrize(
    "name", ["ssldump-tls1.3_curl_google.pcap", "ssldump-tls1.3_session_resumption.pcap"]
)
def test_tls13_with_a_key_log(name: str, shared_captures: Path, tshark: str) -> None:
    (seen,) = compare(tshark, shared_captures / name, shared_captures / "ssldump-log.txt")
    (flow,) = json.loads((shared_captures / "expected" / f"{name}.keys.json").read_text())["flows"]
    wanted = [certificate["sha256"] for certificate in flow["server_certs"]]
    assert (11 in seen.types(1)) == bool(wanted)
    if wanted:
        message = read_certificate_message(seen.body(1, 11), True)
        assert [hashlib.sha256(der).hexdigest() for der in message.certificates] == wanted


def test_a_key_log_of_other_connections_opens_nothing(shared_captures: Path) -> None:
    store = store_of(shared_captures / "ssldump-log.txt")
    for turns in dialogues(shared_captures / "pcapfs-all_ciphers.pcap"):
        seen = Observer(store).run(turns)
        assert (seen.data, seen.finished, seen.alerts) == ([b"", b""], 0, [])
