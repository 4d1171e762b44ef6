from __future__ import annotations

import io
import random
import subprocess
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.capture import written
from tests.tls.written import recording
from tlseku.capture import packets
from tlseku.errors import CaptureError
from tlseku.output.captures.extract import extract
from tlseku.output.captures.pseudonyms import Pseudonyms
from tlseku.output.captures.written import Written
from tlseku.output.json.flow_json import flow_to_dict

KEY = b"a key of thirty-two bytes, or so"
OWN = (
    *("any-eku.pcap", "declined.pcap", "no-eku.pcap", "scenario1.pcap.gz", "scenario2.pcap.gz"),
    *("test-case-1.pcap", "test-case-2.pcap", "test-case-3.pcap", "tls13.pcap", "wrong-eku-refused.pcap"),
)
NUMBERED = ("frame", "frames", "file", "flow", "text", "outcome_basis", "direction", "vantage")
"""Keys whose value follows from the numbers of frames, or from the packets of others."""


def extracted(source: Path, target: Path, **options: object) -> Written:
    with target.open("wb") as file:
        return extract(source, file, **options)  # type: ignore[arg-type]


def flows_of(path: Path, **options: object) -> list[dict[str, object]]:
    """The flows of a capture without what another numbering changes."""
    return [stripped(flow_to_dict(flow)) for flow in tlseku.read(path, rule_books=(), **options)]  # type: ignore[arg-type]


def stripped(value: object) -> dict[str, object]:
    def clean(part: object) -> object:
        if isinstance(part, dict):
            out = {}
            for name, inner in part.items():
                if name not in NUMBERED:
                    out[name] = clean(inner)
            return out
        return [clean(inner) for inner in part] if isinstance(part, list) else part

    cleaned = clean(value)
    assert isinstance(cleaned, dict)
    return cleaned


@pytest.mark.parametrize("name", OWN)
def test_an_own_capture_says_the_same(own_captures: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "out.pcapng"
    done = extracted(own_captures / name, target)
    assert (done.flows, done.left_out) == (1, 0)
    assert flows_of(target) == flows_of(own_captures / name)


def test_shared_captures_say_the_same(shared_captures: Path, tmp_path: Path) -> None:
    seen = 0
    for capture in sorted(shared_captures.glob("*.pcap*")):
        target = tmp_path / "out.pcapng"
        done = extracted(capture, target)
        assert done.flows == done.summary.flows, capture.name
        assert flows_of(target) == flows_of(capture), capture.name
        seen += done.flows
    assert seen > 40


@pytest.mark.parametrize("form", wire.FILES)
@pytest.mark.parametrize("link", wire.LINKS)
def test_any_file_and_link_layer(tmp_path: Path, form: str, link: str) -> None:
    talk = wire.Talk().open()
    for side, data in recording("wrong-eku-refused"):
        talk.send_in(side, data, 500).ack(1 - side)
    others = wire.Talk(client=("192.0.2.99", 40000)).open().send(0, b"not TLS at all, whatever it is").close()
    linktype = wire.LINKS[link][0]
    source = tmp_path / "in"
    frames = [*talk.close().frames(link), *others.frames(link, start=wire.START + wire.SECOND)]
    source.write_bytes(wire.FILES[form](frames, linktype))
    for pseudonyms in (None, Pseudonyms(KEY)):
        target = tmp_path / "out.pcapng"
        done = extracted(source, target, pseudonyms=pseudonyms)
        assert (done.flows, done.left_out) == (1, 0)
        assert 8 < done.packets <= len(talk.packets)
        (one,), (two,) = flows_of(source), flows_of(target)
        if pseudonyms is not None:
            assert two.pop("client") != one.pop("client")
            assert two.pop("server") != one.pop("server")
        assert one == two


def test_only_the_flows_that_are_wanted(own_captures: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "two.pcap", tmp_path / "out.pcapng"
    first, second = ((own_captures / name).read_bytes() for name in ("any-eku.pcap", "declined.pcap"))
    source.write_bytes(first + second[24:])
    done = extracted(source, target, wanted=lambda flow: flow.client.port == 51866)
    assert (done.flows, done.summary.flows) == (1, 2)
    assert flows_of(target) == flows_of(own_captures / "declined.pcap")


def test_nothing_wanted_is_an_empty_capture(own_captures: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pcapng"
    done = extracted(own_captures / "declined.pcap", target, wanted=lambda flow: False)
    assert (done.flows, done.packets) == (0, 0)
    assert list(packets(target)) == []


def _long_talk(isn: tuple[int, int] = (1000, 900_000)) -> wire.Talk:
    talk = wire.Talk(isn=isn).open()
    for side, data in recording("declined"):
        talk.send(side, data)
    for _ in range(200):
        talk.send(0, b"\x17\x03\x03\0\x40" + b"x" * 64).send(1, b"\x17\x03\x03\0\x40" + b"y" * 64)
    return talk.close()


def test_application_data_stays_behind(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcap", tmp_path / "out.pcapng"
    talk = _long_talk()
    source.write_bytes(wire.pcap(talk.frames()))
    assert extracted(source, target).packets < 25
    assert extracted(source, target, whole=True).packets == len(talk.packets)


def test_a_port_used_again_is_another_connection(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcap", tmp_path / "out.pcapng"
    one, two = _long_talk(), _long_talk((5_000_000, 7_000_000))
    later = wire.START + 3600 * wire.SECOND
    source.write_bytes(wire.pcap([*one.frames(), *two.frames(start=later)]))
    extracted(source, target, wanted=lambda flow: flow.number == 2, whole=True)
    assert [packet.ts_ns for packet in packets(target)] == [frame.ts_ns for frame in two.frames(start=later)]


def test_a_clock_that_jumps_back_loses_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcap", tmp_path / "out.pcapng"
    frames = _long_talk().frames()
    frames[2:] = [wire.Frame(frame.ts_ns - 3600 * wire.SECOND, frame.data) for frame in frames[2:]]
    source.write_bytes(wire.pcap(frames))
    extracted(source, target)
    assert [each["verdict"] for each in flows_of(target)[0]["presented"]] == ["ok", "declined"]  # type: ignore[attr-defined]


def test_pieces_of_datagrams_come_along(tmp_path: Path) -> None:
    from tests.network.frames import ethernet, fragments4

    source, target = tmp_path / "in.pcap", tmp_path / "out.pcapng"
    ends = (wire.CLIENT[0], wire.SERVER[0])
    talk = wire.Talk().open()
    for side, data in recording("declined"):
        talk.send(side, data)
    frames: list[wire.Frame] = []
    for number, packet in enumerate(talk.packets):
        way = ends if packet[12:16] == wire.packed(ends[0]) else ends[::-1]
        pieces = fragments4(packet[20:], 256, ends=way, identification=number)
        frames += [
            wire.Frame(wire.START + 1000 * (len(frames) + i), ethernet(p)) for i, p in enumerate(pieces)
        ]
    source.write_bytes(wire.pcap(frames))
    for pseudonyms in (None, Pseudonyms(KEY)):
        done = extracted(source, target, pseudonyms=pseudonyms)
        (one,), (two,) = flows_of(source), flows_of(target)
        assert done.left_out == 0
        assert [each["verdict"] for each in two["presented"]] == ["ok", "declined"]  # type: ignore[attr-defined]
        assert two["messages"] == one["messages"]


def _sections() -> bytes:
    frames = wire.Talk().open()
    for side, data in recording("declined"):
        frames.send(side, data)
    named = written.options("<", (2, b"eth-secret-name"), (9, b"\x09"), (14, b"\x05" + b"\0" * 7))
    out = [
        written.section(length=0),
        written.interface(linktype=113, opts=written.options("<", (2, b"other"))),
        written.interface(opts=named),
        written.block("<", 4, b"\x01\0\x0d\0\xc0\0\x02\x0ahost.secret\0\0\0\0\0\0\0"),
        written.secrets(b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"11" * 48 + b"\n"),
    ]
    for frame in frames.frames():
        opts = written.options("<", (1, b"a private comment"))
        out.append(written.enhanced(frame.ts_ns - 5 * wire.SECOND + 7, frame.data, 1, opts=opts))
    out.append(written.block("<", 5, b"\0" * 12))
    return b"".join(out)


def test_sections_interfaces_nanoseconds_and_secrets_are_kept(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(_sections())
    assert extracted(source, target).packets > 8
    data = target.read_bytes()
    assert next(packet.ts_ns for packet in packets(target)) == wire.START + 7
    assert b"CLIENT_RANDOM" in data
    assert b"a private comment" in data
    assert b"eth-secret-name" in data
    assert b"host.secret" not in data
    extracted(source, target, keep_secrets=False)
    assert b"CLIENT_RANDOM" not in target.read_bytes()


def test_anonymised_nothing_else_names_anybody(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(_sections())
    plain = flows_of(source)
    extracted(source, target, pseudonyms=Pseudonyms(KEY))
    data = target.read_bytes()
    for words in (b"a private comment", b"eth-secret-name", b"host.secret", b"other"):
        assert words not in data
    assert next(packet.ts_ns for packet in packets(target)) == wire.START + 7
    assert [flow["start"] for flow in flows_of(target)] == [flow["start"] for flow in plain]


def test_simple_packets(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    talk = wire.Talk().open()
    for side, data in recording("declined"):
        talk.send(side, data)
    source.write_bytes(
        written.section() + written.interface() + b"".join(written.simple(f.data) for f in talk.frames())
    )
    for pseudonyms in (None, Pseudonyms(KEY)):
        assert extracted(source, target, pseudonyms=pseudonyms).left_out == 0
        assert [flow["outcome"] for flow in flows_of(target)] == ["completed"]


def test_decrypted_handshakes_stay_so(own_captures: Path, tmp_path: Path) -> None:
    target, keys = tmp_path / "out.pcapng", own_captures / "tls13.keys"
    extracted(own_captures / "tls13.pcap", target, secrets=keys)
    assert flows_of(target, secrets=keys) == flows_of(own_captures / "tls13.pcap", secrets=keys)
    assert [each["verdict"] for each in flows_of(target, secrets=keys)[0]["presented"]] == ["ok", "ok"]  # type: ignore[attr-defined]


def test_tshark_finds_every_checksum_right(tshark: str, own_captures: Path, tmp_path: Path) -> None:
    for name in OWN:
        target = tmp_path / "out.pcapng"
        done = extracted(own_captures / name, target, pseudonyms=Pseudonyms(KEY))
        said = subprocess.run(
            [
                *(tshark, "-r", str(target), "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"),
                *("-T", "fields", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "ip.src"),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        assert len(said) == done.packets
        assert all(line.startswith("1\t1\t10.") for line in said), name


@pytest.mark.parametrize("source", ["-", "/dev/null", "no such file", "."])
def test_what_cannot_be_read_twice(source: str) -> None:
    with pytest.raises(CaptureError):
        extract(source, io.BytesIO())


def test_changed_bytes_never_raise_anything_else(seeded: random.Random, tmp_path: Path) -> None:
    source = tmp_path / "in"
    sound = _sections()
    for _ in range(150):
        data = bytearray(sound[: seeded.choice((len(sound), seeded.randrange(1, len(sound))))])
        for _ in range(seeded.randrange(1, 6)):
            data[seeded.randrange(len(data))] = seeded.randrange(256)
        source.write_bytes(data)
        try:
            extract(source, io.BytesIO(), pseudonyms=seeded.choice((None, Pseudonyms(KEY))))
        except CaptureError:
            continue
