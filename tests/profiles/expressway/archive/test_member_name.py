"""``tlseku.profiles.expressway.archive.member_name``: the names of a bundle's members."""

from __future__ import annotations

import pytest

from tlseku.profiles.expressway.archive.member_name import MemberName, packing_of, read_member_name

TIME = "2026-03-24_11_57_01"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"eth0_diagnostic_logging_tcpdump00_edge_{TIME}.pcap", MemberName("capture", "edge", TIME, 0, 0)),
        (f"eth1_diagnostic_logging_tcpdump19_vcs8c_{TIME}.pcap", MemberName("capture", "vcs8c", TIME, 1, 19)),
        (f"server_edge_{TIME}.pem", MemberName("server store", "edge", TIME)),
        (f"client_edge_{TIME}.pem", MemberName("client store", "edge", TIME)),
        (f"ca_edge_{TIME}.pem", MemberName("trusted CAs", "edge", TIME)),
        (f"loggingsnapshot_edge_{TIME}.txt", MemberName("log", "edge", TIME)),
        (f"xconf_dump_edge_{TIME}.txt", MemberName("xconf", "edge", TIME)),
        (f"xconf_dump_edge_{TIME}.xml", MemberName("xconf", "edge", TIME)),
        (f"xstat_dump_edge_{TIME}.txt", MemberName("xstat", "edge", TIME)),
        (f"xstat_dump_edge_{TIME}.XML", MemberName("xstat", "edge", TIME)),
        (f"server_my_edge-1.example_{TIME}.pem", MemberName("server store", "my_edge-1.example", TIME)),
        (f"server_{TIME}_{TIME}.pem", MemberName("server store", TIME, TIME)),
    ],
)
def test_names(name: str, expected: MemberName) -> None:
    assert read_member_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "xserver.pem",
        "server.pem.bak",
        "privkey.pem",
        "server-ssh.pem",
        f"server_{TIME}.pem",
        f"server_edge_{TIME}.pem.bak",
        f"server_edge_{TIME}.txt",
        f"xserver_edge_{TIME}.pem",
        f"folder/server_edge_{TIME}.pem",
        "server_edge_2026-03-24.pem",
        "server_edge_2026-03-24_11:57:01.pem",
        f"eth_diagnostic_logging_tcpdump00_edge_{TIME}.pcap",
        f"eth0_diagnostic_logging_tcpdump_edge_{TIME}.pcap",
        f"eth0_diagnostic_logging_tcpdump00_edge_{TIME}.pcapng",
        f"loggingsnapshot_edge_{TIME}.log",
        f"xconf_edge_{TIME}.txt",
        f"xconf_dump_edge_{TIME}.json",
    ],
)
def test_other_names(name: str) -> None:
    assert read_member_name(name) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("server.pem", "server store"), ("Client.PEM", "client store"), ("ca.pem", "trusted CAs")],
)
def test_names_on_the_node_itself(name: str, kind: str) -> None:
    assert read_member_name(name) == MemberName(kind, "", "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        (f"server_edge_{TIME}.pem.gz", "gzip"),
        ("client.pem.GZ", "gzip"),
        ("other.txt.gz", None),
        ("peer.tar.gz", "archive"),
        ("peer.tgz", "archive"),
        ("PEER.ZIP", "archive"),
        ("peer.tar", "archive"),
        (f"server_edge_{TIME}.pem", None),
    ],
)
def test_packing(name: str, how: str | None) -> None:
    assert packing_of(name) == how
