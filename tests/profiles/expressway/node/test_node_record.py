"""``tlseku.profiles.expressway.node.node_record``: all members of a bundle read, whatever is missing. Every bundle is synthetic."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.profiles.expressway.pairs import committed, files_of, only, record, record_of, without

CORE = files_of("test-case-1", "core")
(CAPTURE,) = only(CORE, "eth0")


def halves(data: bytes, parts: int) -> list[bytes]:
    """A capture cut into ``parts`` files, the last ones without packets if there are too few."""
    packets, at = [], 24
    order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
    while at < len(data):
        size = 16 + struct.unpack(f"{order}I", data[at + 8 : at + 12])[0]
        packets.append(data[at : at + size])
        at += size
    share = -(-len(packets) // parts)
    return [data[:24] + b"".join(packets[n * share : (n + 1) * share]) for n in range(parts)]


def rotated(parts: int) -> dict[str, bytes]:
    names = {
        CAPTURE.replace("dump00", f"dump{n:02}"): part for n, part in enumerate(halves(CORE[CAPTURE], parts))
    }
    return without(CORE, "eth0") | names


def test_a_whole_bundle() -> None:
    found = record_of(committed("test-case-1", "core"))
    assert (found.addresses, found.addresses_from) == (("10.106.80.16",), "configuration")
    assert [(flow.direction, flow.outcome) for flow in found.flows] == [("outbound", "refused")]
    assert [(one.entry.kind, one.match) for one in found.events] == [
        ("sip_sent", "no flow"),
        ("ssl", "flow"),
        ("tls_error", "flow"),
        ("ssh", "no addresses"),
    ]
    assert found.notes == ()


@pytest.mark.parametrize("parts", [2, 10, 20])
def test_a_rotated_set_is_one_capture(parts: int, tmp_path: Path) -> None:
    found = record(tmp_path, rotated(parts))
    (capture,) = found.captures
    assert (len(capture.files), capture.missing) == (parts, ())
    (flow,) = found.flows
    (whole,) = record_of(committed("test-case-1", "core")).flows
    assert [one.chain for one in flow.presented] == [one.chain for one in whole.presented]
    share = -(-capture.packets // parts)
    for one, other in zip(flow.presented, whole.presented, strict=True):
        number, frame = divmod(other.frame - 1, share)
        file = flow.file if one.file is None else one.file
        assert (file[-len(CAPTURE) :], one.frame) == (
            CAPTURE.replace("dump00", f"dump{number:02}"),
            frame + 1,
        )


def test_a_file_of_the_set_is_missing(tmp_path: Path) -> None:
    files = rotated(4)
    del files[CAPTURE.replace("dump00", "dump02")]
    assert "eth0: captures are missing in between: 02" in record(tmp_path, files).notes


def test_a_file_of_the_set_is_no_capture(tmp_path: Path) -> None:
    files = CORE | {CAPTURE.replace("dump00", "dump01"): b"not a capture at all"}
    found = record(tmp_path, files)
    assert len(found.flows) == 1
    assert len(found.notes) == 1
    assert found.notes[0].startswith(CAPTURE.replace("dump00", "dump01"))


def test_two_interfaces_number_on(tmp_path: Path) -> None:
    found = record(tmp_path, CORE | {CAPTURE.replace("eth0", "eth1"): CORE[CAPTURE]})
    assert [flow.number for flow in found.flows] == [1, 2]
    assert found.nics == {1: 0, 2: 1}
    assert [len(one.flows) for one in found.events if one.entry.kind == "tls_error"] == [2]


def test_only_a_log(tmp_path: Path) -> None:
    found = record(tmp_path, only(CORE, "logging"))
    assert (found.flows, found.captures, found.presented) == ((), (), ())
    assert (found.addresses, found.addresses_from) == (("10.106.80.16",), "log")
    assert {one.match for one in found.events} == {"no flow", "no addresses"}


def test_only_a_capture_does_not_tell_whose_it_is(tmp_path: Path) -> None:
    found = record(tmp_path, only(CORE, "eth0"))
    assert len(found.flows) == 1
    assert (found.addresses, found.addresses_from, found.presented) == ((), None, ())
    assert found.notes[-1] == "nobody tells which addresses are the node's own, so that no direction is known"


def test_a_capture_and_stores_tell_whose_it_is(tmp_path: Path) -> None:
    found = record(tmp_path, only(CORE, "eth0", "client", "server"))
    assert (found.addresses, found.addresses_from) == (("10.106.80.16",), "stores")
    assert [one.label.store for one in found.presented] == ["both"]


def test_the_configuration_has_other_addresses(tmp_path: Path) -> None:
    files = {
        name: data.replace(b"10.106.80.16", b"10.99.99.99") if name.startswith("x") else data
        for name, data in CORE.items()
    }
    found = record(tmp_path, files)
    assert (found.addresses, found.addresses_from) == (("10.106.80.16",), "log")
    assert found.notes == ("no flow has an address that the configuration calls the node's own",)


def test_a_renamed_host(tmp_path: Path) -> None:
    found = record(tmp_path, {name.replace("vcs8c", "new-name_2"): data for name, data in CORE.items()})
    assert found.snapshot.host == "new-name_2"
    assert (len(found.flows), found.addresses, found.notes) == (1, ("10.106.80.16",), ())


def test_nothing_at_all(tmp_path: Path) -> None:
    found = record(tmp_path, {"readme.txt": b"x"})
    assert (found.flows, found.events, found.addresses_from) == ((), (), None)
