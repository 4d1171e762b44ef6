"""Nothing found is an all-clear only of what was read: each command says what it did not see, and only then."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run
from tests.network.frames import UDP_NUMBER, ethernet, ip4, udp
from tests.schemas import schema

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
HIDDEN, SEEN = str(CAPTURES / "tls13.pcap"), str(CAPTURES / "no-eku.pcap")
KEYS = str(CAPTURES / "tls13.keys")
COMMANDS = {
    "flows": ("flows",),
    "certs": ("certs",),
    "requests": ("requests",),
    "sunset": ("sunset",),
    "diagnose": ("diagnose",),
    "match": ("match", "--serial", "5a17c0de00000020"),
}
FAIL_ON = ("flows", "sunset", "diagnose")
QUIC = bytes.fromhex("c3 00000001 08 0102030405060708 00 00 4004 00000000") + bytes(8)


@pytest.fixture
def quic(tmp_path: Path) -> str:
    """A capture that holds one packet of QUIC and one of DNS."""
    capture = tmp_path / "quic.pcap"
    frames = [
        ethernet(ip4(udp(payload, port), protocol=UDP_NUMBER))
        for payload, port in ((QUIC, 443), (b"?" * 30, 53))
    ]
    records = b"".join(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame for frame in frames)
    capture.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records)
    return str(capture)


@pytest.fixture
def cut(tmp_path: Path) -> str:
    """A capture whose last record is not whole."""
    capture = tmp_path / "cut.pcap"
    capture.write_bytes(Path(SEEN).read_bytes()[:-7])
    return str(capture)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_read_is_named(command: str, run: Run, quic: str) -> None:
    said = " ".join(run(*COMMANDS[command], quic).stdout.split())
    assert "1 packet: QUIC" in said or "skipped: 1 not TCP, 1 QUIC" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_hidden_flows_are_told_and_a_key_log_opens_them(command: str, run: Run) -> None:
    hidden = " ".join(run(*COMMANDS[command], HIDDEN).stdout.split())
    assert "(1 hidden)" in hidden or "not seen: 1 flow hides " in hidden
    opened = run(*COMMANDS[command], "--keylog", KEYS, HIDDEN)
    assert "hidden" not in opened.stdout
    assert "not seen" not in opened.stdout


@pytest.mark.parametrize("command", ["diagnose", "match"])
def test_nothing_is_said_where_all_was_seen(command: str, run: Run) -> None:
    assert "not seen" not in run(*COMMANDS[command], SEEN).stdout


@pytest.mark.parametrize("command", ["diagnose", "match"])
def test_json_has_it_too(command: str, run: Run, quic: str) -> None:
    def not_seen(name: str) -> object:
        return json.loads(run(*COMMANDS[command], "-T", "json", name).stdout)["not_seen"]

    assert not_seen(SEEN) == {"hidden_flows": 0, "skipped": {}, "limits": {}, "damage": []}
    assert not_seen(HIDDEN) == {"hidden_flows": 1, "skipped": {}, "limits": {}, "damage": []}
    assert not_seen(quic) == {"hidden_flows": 0, "skipped": {"QUIC": 1}, "limits": {}, "damage": []}


@pytest.mark.parametrize("command", FAIL_ON)
def test_fail_on(command: str, run: Run, quic: str, cut: str) -> None:
    def code(*args: str) -> int:
        return run(*COMMANDS[command], *args).exit_code

    assert [code("--fail-on", "unread", name) for name in (SEEN, HIDDEN, quic, cut)] == [0, 0, 1, 1]
    assert [code("--fail-on", "hidden", name) for name in (SEEN, HIDDEN, quic, cut)] == [0, 1, 0, 2]
    assert [code(name) for name in (SEEN, HIDDEN, quic, cut)] == [0, 0, 0, 0]
    assert code("--fail-on", "hidden", "--keylog", KEYS, HIDDEN) == 0
    assert code("--fail-on", "unread", "--keylog", f"{KEYS}.none", SEEN) == 1
    assert code("--fail-on", "hidden", "--keylog", f"{KEYS}.none", SEEN) == 2
    assert code("--keylog", f"{KEYS}.none", SEEN) == 0


def test_fail_on_of_a_report(run: Run, tmp_path: Path, quic: str, cut: str) -> None:
    def code(*args: str) -> int:
        return run("report", "-o", str(tmp_path / "report.html"), *args).exit_code

    assert [code("--fail-on", "unread,hidden", name) for name in (SEEN, HIDDEN, quic, cut)] == [0, 1, 1, 1]
    assert [code("--fail-on", "hidden", name) for name in (quic, cut)] == [0, 2]
    assert [code(name) for name in (HIDDEN, quic, cut)] == [0, 0, 0]


def test_fail_on_of_two_captures(run: Run, quic: str, cut: str) -> None:
    def code(word: str, *names: str) -> int:
        return run("compare", "--fail-on", word, *names).exit_code

    assert [code("hidden", HIDDEN, HIDDEN), code("hidden", SEEN, HIDDEN), code("hidden", SEEN, SEEN)] == [
        1,
        1,
        0,
    ]
    assert [code("unread", SEEN, quic), code("unread", cut, SEEN), code("unread", SEEN, SEEN)] == [1, 1, 0]
    assert [code("different", HIDDEN, HIDDEN), code("different", SEEN, cut)] == [0, 2]
    assert code("different,hidden", "--keylog", KEYS, HIDDEN, HIDDEN) == 0


def test_compare_never_calls_hidden_things_none(run: Run) -> None:
    said = run("compare", "--all", HIDDEN, HIDDEN).stdout
    assert "none" not in said
    assert said.count("=  hidden (tls13_encrypted)\n") == 14
    assert said.endswith("in A not seen: 1 flow hides something; in B not seen: 1 flow hides something\n")
    opened = run("compare", "--all", "--keylog", KEYS, HIDDEN, HIDDEN).stdout
    assert "hidden" not in opened
    assert "   client EKU            =  clientAuth\n" in opened


def test_a_filter_says_what_it_may_have_missed(run: Run) -> None:
    missed = "1 flow left out may hide what is looked for"
    assert missed in run("flows", "-Y", "tls.client.verdict == wrong", HIDDEN).stdout
    assert missed in run("flows", "-Y", "tls.client.verdict == wrong", "-T", "ndjson", HIDDEN).stderr
    assert missed not in run("flows", "-Y", "tls.version == 1.3", HIDDEN).stdout
    assert missed not in run("flows", "-Y", "tls.client.verdict == wrong", SEEN).stdout


def test_a_word_that_a_command_has_not(run: Run) -> None:
    result = run("sunset", "--fail-on", "wrong", SEEN)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'wrong' is not one of hidden, unread" in result.stderr


def test_sunset_as_json_is_no_empty_list_where_something_was_not_seen(run: Run, quic: str) -> None:
    def documents(name: str, *args: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(run("sunset", "-T", "json", *args, name).stdout)
        Draft202012Validator(schema("sunset")).validate(found[0] if found else documents(HIDDEN)[0])
        return found

    (hidden,) = documents(HIDDEN)
    assert (hidden["host"], hidden["file"], hidden["client"]) == (None, None, [])
    assert hidden["not_seen"] == {"hidden_flows": 1, "skipped": {}, "limits": {}, "damage": []}
    (unread,) = documents(quic)
    assert unread["not_seen"] == {"hidden_flows": 0, "skipped": {"QUIC": 1}, "limits": {}, "damage": []}
    (opened,) = documents(HIDDEN, "--keylog", KEYS)
    assert opened["host"] == "192.0.2.10"
    assert opened["not_seen"] == {"hidden_flows": 0, "skipped": {}, "limits": {}, "damage": []}
    assert documents(SEEN, "-Y", "tls.version == 1.0") == []
