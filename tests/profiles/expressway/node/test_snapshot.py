"""``tlseku.profiles.expressway.node.snapshot``: bundles taken stock of. Every bundle here is synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.profiles.expressway.bundles import (
    CA1,
    CA2,
    CLIENT,
    LOG,
    SERVER,
    TIME,
    XCONF,
    Files,
    as_directory,
    bundle,
    tar,
    written,
    zipped,
)
from tlseku.profiles.expressway.archive.archive import Archive
from tlseku.profiles.expressway.node.snapshot import Snapshot, take_stock
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.store import Store

ASSUMED = "no file says the checking mode: it is taken to be On, the default (CM7)"
LATER = "2026-03-25_08_00_00"


def stock(directory: Path, files: Files) -> tuple[Snapshot, ...]:
    with Archive(as_directory(directory, files)) as archive:
        return take_stock(archive)


def only(directory: Path, files: Files) -> Snapshot:
    (found,) = stock(directory, files)
    return found


def without(*beginnings: str) -> Files:
    return {name: data for name, data in bundle().items() if not name.startswith(beginnings)}


@pytest.mark.parametrize("form", ["directory", "tar.gz", "zip"])
def test_a_whole_bundle(form: str, tmp_path: Path) -> None:
    files = bundle()
    path = {
        "directory": lambda: as_directory(tmp_path / "unpacked", files),
        "tar.gz": lambda: written(tmp_path, tar(files)),
        "zip": lambda: written(tmp_path, zipped(files)),
    }[form]()
    with Archive(path) as archive:
        (found,) = take_stock(archive)
    assert (found.host, found.time) == ("edge", TIME)
    assert found.release == Release(15, 5)
    assert (found.mode, found.mode_source, found.mode_assumed) == (
        "off",
        f"xconf_dump_edge_{TIME}.txt",
        False,
    )
    assert found.server == Store(SERVER.certificate(), (CA2.certificate(),), 1)
    assert found.client == Store(CLIENT.certificate())
    assert found.trusted == (CA1.certificate(), CA2.certificate())
    assert [(one.nic, len(one.files), one.missing) for one in found.captures] == [(0, 2, ())]
    assert [log.path for log in found.logs] == [f"loggingsnapshot_edge_{TIME}.txt"]
    assert found.addresses == ("10.106.80.31",)
    assert found.notes == ()
    assert len(found.members) == 8


def test_every_member_is_optional(tmp_path: Path) -> None:
    for number, name in enumerate(bundle()):
        found = only(tmp_path / str(number), {name: bundle()[name]})
        assert (found.host is None) is (name == "SYNTHETIC.txt")
        assert found.mode_assumed is (not name.startswith("xconf"))
        assert (found.server is not None) is name.startswith("server")
        assert (found.client is not None) is name.startswith("client")
        assert (found.trusted is not None) is name.startswith("ca_")
        assert (found.release is not None) is name.startswith("xstat")
        assert (len(found.logs) == 1) is name.startswith("logging")
        assert (len(found.captures) == 1) is name.startswith("eth")


def test_only_a_log_is_left_after_a_reboot(tmp_path: Path) -> None:
    found = only(tmp_path, {f"loggingsnapshot_edge_{TIME}.txt": LOG})
    assert found.notes == (ASSUMED,)
    assert (found.release, found.mode, found.mode_source) == (None, "unknown", None)
    assert (found.server, found.client, found.trusted, found.captures, found.addresses) == (
        None,
        None,
        None,
        (),
        (),
    )


def test_no_member_at_all(tmp_path: Path) -> None:
    found = only(tmp_path, {"readme.txt": b"x"})
    assert (found.host, found.time, found.members) == (None, None, ())
    assert found.notes == ("no file has a name of a diagnostic log bundle", ASSUMED)


def test_two_times_in_one_directory(tmp_path: Path) -> None:
    found = stock(tmp_path, bundle() | bundle(time=LATER))
    assert [(one.host, one.time, len(one.members)) for one in found] == [
        ("edge", LATER, 8),
        ("edge", TIME, 8),
    ]
    assert all(member.what.time == one.time for one in found for member in one.members)


def test_two_hosts_in_one_directory(tmp_path: Path) -> None:
    found = stock(tmp_path, bundle() | bundle("core"))
    assert [one.host for one in found] == ["edge", "core"]


def test_a_renamed_host(tmp_path: Path) -> None:
    found = only(tmp_path, bundle("customer_x-node_1"))
    assert (found.host, found.mode, found.addresses) == ("customer_x-node_1", "off", ("10.106.80.31",))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("xconf", "mode", "notes"),
    [
        (XCONF, "off", ()),
        (XCONF.replace(b"Off", b"On"), "on", ()),
        (XCONF.replace(b"ExtendedKeyUsage", b"ExtendedKeyUse"), "off", ()),
        (b"", "unknown", (ASSUMED,)),
        (XCONF.replace(b"Checking Mode", b"Something"), "unknown", (ASSUMED,)),
    ],
)
def test_the_checking_mode(xconf: bytes, mode: str, notes: tuple[str, ...], tmp_path: Path) -> None:
    found = only(tmp_path, bundle() | {f"xconf_dump_edge_{TIME}.txt": xconf})
    assert (found.mode, found.notes) == (mode, notes)


def xml_of(mode: str) -> bytes:
    words = ["Configuration", "SIP", "TLS", "Certificate", "ExtendedKeyUsage", "Checking", "Mode"]
    return (
        "".join(f"<{word}>" for word in words).encode()
        + mode.encode()
        + "".join(f"</{word}>" for word in reversed(words)).encode()
    )


@pytest.mark.parametrize(
    ("xml", "mode", "notes"),
    [
        ("Off", "off", ()),
        (
            "On",
            "unknown",
            (
                'the files say different checking modes: xconf_dump_edge_2026-03-24_11_57_01.txt line 1 says "Off" and'
                ' xconf_dump_edge_2026-03-24_11_57_01.xml line 1 says "On": it is taken to be On, the default (CM7)',
            ),
        ),
        ("", "off", ()),
    ],
)
def test_text_and_xml_together(xml: str, mode: str, notes: tuple[str, ...], tmp_path: Path) -> None:
    found = only(tmp_path, bundle() | {f"xconf_dump_edge_{TIME}.xml": xml_of(xml)})
    assert (found.mode, found.notes) == (mode, notes)


def test_damaged_xml_keeps_what_came_before(tmp_path: Path) -> None:
    files = without("xconf") | {f"xconf_dump_edge_{TIME}.xml": xml_of("Off")[:-5]}
    found = only(tmp_path, files)
    assert found.mode == "off"
    assert found.notes == (f"xconf_dump_edge_{TIME}.xml: damaged XML: line 1: unclosed token",)


def test_hostile_xml_is_a_note(tmp_path: Path) -> None:
    files = without("xconf") | {f"xconf_dump_edge_{TIME}.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}
    found = only(tmp_path, files)
    assert found.notes == (
        f"xconf_dump_edge_{TIME}.xml: has a document type (DOCTYPE), which may define entities: refused",
        ASSUMED,
    )


@pytest.mark.parametrize(
    ("name", "field", "data", "problem"),
    [
        (f"server_edge_{TIME}.pem", "server", b"", "the file is empty"),
        (f"client_edge_{TIME}.pem", "client", b"x", "neither PEM nor DER: no BEGIN line and no DER sequence"),
        (f"ca_edge_{TIME}.pem", "trusted", SERVER.key_pem, "no certificate in it, only: PRIVATE KEY"),
    ],
)
def test_stores_that_cannot_be_read(name: str, field: str, data: bytes, problem: str, tmp_path: Path) -> None:
    found = only(tmp_path, bundle() | {name: data})
    assert getattr(found, field) is None
    assert found.notes[0].startswith(f"{name}: {problem}")
    assert len(found.notes) == 1


def test_different_releases(tmp_path: Path) -> None:
    found = only(
        tmp_path,
        bundle()
        | {f"xstat_dump_edge_{TIME}.xml": b"<Status><Software><Version>X15.4</Version></Software></Status>"},
    )
    assert found.release is None
    assert found.notes == ("the files say different releases: x15.4, x15.5",)


def test_the_same_member_in_two_folders(tmp_path: Path) -> None:
    name = f"server_edge_{TIME}.pem"
    found = only(tmp_path, bundle() | {f"z/{name}": CLIENT.pem})
    assert found.server == Store(SERVER.certificate(), (CA2.certificate(),), 1)
    assert found.notes == (f"2 files for the server store: {name} counts",)


def test_a_member_that_is_damaged_in_a_zip(tmp_path: Path) -> None:
    data = bytearray(zipped({f"server_edge_{TIME}.pem": SERVER.pem, f"client_edge_{TIME}.pem": CLIENT.pem}))
    data[data.index(b"server_edge") + 40] ^= 0xFF
    with Archive(written(tmp_path, bytes(data))) as archive:
        (found,) = take_stock(archive)
    assert found.server is None
    assert found.client == Store(CLIENT.certificate())
    assert found.notes[0] == ASSUMED
    assert found.notes[1].startswith(f"server_edge_{TIME}.pem: ")


def test_a_rotated_capture_of_two_interfaces(tmp_path: Path) -> None:
    second = {
        name.replace("eth0", "eth1"): data for name, data in bundle(captures=3).items() if "eth0" in name
    }
    found = only(tmp_path, bundle(captures=20) | second)
    assert [(one.nic, len(one.files)) for one in found.captures] == [(0, 20), (1, 3)]
    assert [file.what.number for file in found.captures[0].files] == list(range(20))


def test_members_in_utf_16_and_status_in_xml(tmp_path: Path) -> None:
    files = {name: data for name, data in bundle().items() if not name.startswith("xstat")}
    files = {
        name: "\ufeff".encode("utf-16-le") + data.decode().encode("utf-16-le")
        if name.endswith(("txt", "pem"))
        else data
        for name, data in files.items()
    }
    files[f"xstat_dump_edge_{TIME}.xml"] = (
        b"<Status><SystemUnit item='1'><Software item='1'><Version item='1'>X15.5.1</Version></Software></SystemUnit>"
        b"</Status>"
    )
    found = only(tmp_path, files)
    assert (found.mode, str(found.release), found.addresses) == ("off", "x15.5.1", ("10.106.80.31",))
    assert found.server is not None
    assert found.client is not None
    assert found.notes == ()


def test_a_node_before_x15_5_has_no_mode(tmp_path: Path) -> None:
    files = {
        name: data.replace(b"X15.5.0", b"X15.4.2") if name.startswith("xstat") else data
        for name, data in bundle().items()
    }
    found = only(tmp_path, files)
    assert (found.mode, found.has_mode, found.mode_assumed, found.mode_problem) == (
        "unknown",
        False,
        False,
        None,
    )
    assert found.notes == ()
