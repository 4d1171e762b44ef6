"""SSH connections of captures: roles, stages, frames; and what is said of what nobody can see."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from tests.profiles.expressway.ssh.test_stream_prefix import A, B, Talk
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.ssh.banner_and_host_key import CLIENT_CERTIFICATE_NOTE
from tlseku.profiles.expressway.ssh.ssh_connections import ssh_connections

CAPTURES = Path(__file__).resolve().parents[4] / "captures"


def capture_of(bundle: str) -> list[io.BytesIO]:
    found = []
    with tarfile.open(CAPTURES / "bundles" / bundle) as archive:
        for name in sorted(archive.getnames()):
            if name.endswith(".pcap"):
                file = archive.extractfile(name)
                assert file is not None
                found.append(io.BytesIO(file.read()))
    return found


def test_test_case_2() -> None:
    (found,) = ssh_connections(str(CAPTURES / "test-case-2.pcap"))
    assert (found.client.ip, found.client.port) == ("10.106.80.16", 30012)
    assert (found.server.ip, found.server.port) == ("10.106.80.31", 2222)
    assert found.is_tunnel
    assert found.client_known
    assert found.opening.stage == "keys agreed"
    assert found.opening.host_key_algorithm == "rsa-sha2-512"
    # What stands for the host key there is noise.
    assert found.opening.host_key is None
    assert found.banner_frame is not None
    assert found.banner_frame.frame == 22


def test_condition_2_1_shows_the_edges_certificate_as_host_key() -> None:
    (found,) = ssh_connections(*capture_of("condition-2.1-core.tar.gz"))
    key = found.opening.host_key
    assert key is not None
    assert [one.serial_hex for one in key.chain] == [
        "40019d11ca5e02b7613f9c8840e1d726",
        "40018b3c5e2f7a91d06e4b8c00001f2d",
    ]
    assert found.host_key_frame is not None
    assert found.host_key_frame.frame == 28


def test_a_rotated_capture_is_one() -> None:
    (found,) = ssh_connections(*capture_of("test-case-2-core.tar.gz"), merge=True)
    assert found.opening.stage == "keys agreed"


def test_without_a_syn_the_port_of_the_tunnels_tells_the_server() -> None:
    talk = Talk()
    talk.say(B, A, b"SSH-2.0-server\r\n")
    talk.say(A, B, b"SSH-2.0-client\r\n")
    (found,) = ssh_connections(talk.file())
    assert (found.server.port, found.client_known) == (2222, False)
    assert found.opening.client.banner == "SSH-2.0-client"


@pytest.mark.parametrize("name", ["test-case-1.pcap", "test-case-3.pcap", "tls13.pcap"])
def test_no_ssh(name: str) -> None:
    assert ssh_connections(str(CAPTURES / name)) == ()


def test_the_note_names_the_rule() -> None:
    assert "SV2" in CLIENT_CERTIFICATE_NOTE
    assert "SV2" in statements()
