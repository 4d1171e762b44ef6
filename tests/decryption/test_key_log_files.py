"""Key logs from files and captures."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tlseku
from tests.capture.test_secrets_ahead import block, secrets
from tests.engines import new_engine
from tlseku.capture.secret import Secret
from tlseku.decryption.key_log_files import KeyLogs

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
KEYS = CAPTURES / "tls13.keys"
RANDOMS = [b"%02x" % number * 32 for number in range(3)]
LINES = [b"CLIENT_RANDOM " + random + b" " + b"cd" * 48 + b"\n" for random in RANDOMS]
OPENED = ["server", "client"]


def as_pcapng(*, before: bytes = b"", after: bytes = b"") -> bytes:
    """The recorded TLS 1.3 capture as pcapng with blocks before and behind its packets."""
    head = block(0x0A0D0D0A, (0x1A2B3C4D).to_bytes(4, "little") + b"\1\0\0\0" + b"\xff" * 8)
    out = head + block(1, b"\1\0\0\0\0\0\0\0") + before
    with tlseku.capture.open_capture(CAPTURES / "tls13.pcap") as capture:
        for batch in capture.batches():
            for index in range(len(batch.starts)):
                ticks = batch.ts_ns(index) // 1000
                data = batch.packet(index).data
                words = (0, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
                out += block(6, b"".join(word.to_bytes(4, "little") for word in words) + data)
    return out + after


def roles(flows: tlseku.Flows) -> list[str]:
    (flow,) = flows
    return [presented.role for presented in flow.presented]


def test_a_file_that_grows(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    log.write_bytes(LINES[0] + LINES[1][:90])
    logs = KeyLogs([log])
    assert len(logs.store) == 1
    with log.open("ab") as file:
        file.write(LINES[1][90:] + LINES[2].rstrip())
    logs.refresh()
    assert len(logs.store) == 3
    assert logs.close() == []


def test_a_file_that_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    log.write_bytes(LINES[0] + LINES[1])
    logs = KeyLogs([log])
    log.write_bytes(LINES[2])
    logs.refresh()
    assert len(logs.store) == 3
    log.write_bytes(b"")
    logs.refresh()
    logs.refresh()
    assert (len(logs.store), logs.close()) == (3, [])


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(LINES[0],))
    writer.start()
    logs = KeyLogs([pipe])
    writer.join()
    # Opening it again would wait for another writer.
    logs.refresh()
    assert (len(logs.store), logs.close()) == (1, [])


def test_the_last_line_need_not_end(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    log.write_bytes(LINES[0] + LINES[1].rstrip())
    assert len(KeyLogs([log]).store) == 2


def test_several_logs_and_forms(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    log.write_bytes(LINES[0].replace(b"\n", b"\r\n"))
    logs = KeyLogs([log, str(log), LINES[1]])
    logs.add_blocks([Secret(0x544C534B, LINES[2])] * 2, "some.pcapng")
    assert len(logs.store) == 3
    assert logs.close() == []


def test_a_log_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    flows = tlseku.read(CAPTURES / "tls13.pcap", secrets=missing)
    assert flows.warnings == (
        f"{missing}: cannot read the key log: No such file or directory",
        f"{missing}: no secret in it",
    )
    assert roles(flows) == []


def test_a_block_of_other_secrets_is_told_once() -> None:
    logs = KeyLogs()
    logs.add_blocks([Secret(0x57474B4C, b"x")], "a")
    logs.add_blocks([Secret(0x57474B4C, b"x")], "a")
    assert logs.close() == ["a: WireGuard key log: not a TLS key log"]


@pytest.mark.parametrize("where", ["before", "after"])
def test_secrets_in_the_capture(tmp_path: Path, where: str) -> None:
    place = tmp_path / "with.pcapng"
    place.write_bytes(as_pcapng(**{where: secrets(KEYS.read_bytes())}))
    flows = tlseku.read(place)
    assert roles(flows) == OPENED
    assert (flows.warnings, flows.summary.with_secrets) == ((), 1)
    assert roles(tlseku.read(place, CAPTURES / "declined.pcap", merge=True)[:1]) == OPENED  # type: ignore[arg-type]


TOO_LATE = "came too late; the file that holds secrets, given as a key log, is read first"


def test_secrets_of_a_stream_count_as_long_as_the_flow_runs() -> None:
    log = secrets(KEYS.read_bytes())
    assert roles(tlseku.read(io.BytesIO(as_pcapng(before=log)))) == OPENED
    # Without a word of secrets before, nothing was kept.
    flows = tlseku.read(io.BytesIO(as_pcapng(after=log)), secrets=())
    assert (roles(flows), flows.warnings) == ([], (f"<stream>: the secret of 1 flow {TOO_LATE}",))
    # With one it was: a flow is told some time after its end.
    flows = tlseku.read(io.BytesIO(as_pcapng(after=log)), secrets=LINES[0])
    assert (roles(flows), flows.warnings) == (OPENED, ())


@pytest.mark.parametrize("packets", range(4, 14))
def test_secrets_amid_the_packets_of_a_stream(packets: int) -> None:
    capture = as_pcapng()
    whole = tlseku.read(CAPTURES / "tls13.pcap", secrets=KEYS.read_bytes())
    at = 0
    for _ in range(packets + 2):
        at += int.from_bytes(capture[at + 4 : at + 8], "little")
    data = capture[:at] + secrets(KEYS.read_bytes()) + capture[at:]
    for secret in (LINES[0], KEYS.read_bytes()):
        flows = tlseku.read(io.BytesIO(data), secrets=secret)
        assert (flows[0].presented, flows.warnings) == (whole[0].presented, ())


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_secrets_behind_the_packets_of_a_compressed_file(tmp_path: Path, suffix: str) -> None:
    data = as_pcapng(after=secrets(KEYS.read_bytes()))
    place = tmp_path / f"with.pcapng.{suffix}"
    if suffix == "gz":
        place.write_bytes(gzip.compress(data))
    else:
        place.write_bytes(pytest.importorskip("zstandard").ZstdCompressor().compress(data))
    flows = tlseku.read(place)
    assert (roles(flows), flows.warnings) == ([], (f"{place}: the secret of 1 flow {TOO_LATE}",))
    for key_log in (place, LINES[0]):
        flows = tlseku.read(place, secrets=key_log)
        assert (roles(flows), flows.warnings) == (OPENED, ())
    # A capture may be the key log of another one.
    flows = tlseku.read(CAPTURES / "tls13.pcap", secrets=place)
    assert (roles(flows), flows.warnings) == (OPENED, ())


def test_a_capture_without_secrets_is_no_key_log(tmp_path: Path) -> None:
    place = tmp_path / "none.pcapng"
    place.write_bytes(as_pcapng())
    flows = tlseku.read(CAPTURES / "tls13.pcap", secrets=place)
    assert roles(flows) == []
    assert flows.warnings[-1] == f"{place}: no secret in it"


def test_secrets_of_an_open_file_are_found_ahead(tmp_path: Path) -> None:
    place = tmp_path / "with.pcapng"
    place.write_bytes(as_pcapng(after=secrets(KEYS.read_bytes())))
    with place.open("rb") as file:
        assert roles(tlseku.read(file)) == OPENED


def test_secrets_that_editcap_put_in(tmp_path: Path) -> None:
    editcap = shutil.which("editcap")
    if editcap is None:
        pytest.skip("editcap is not installed")
    place = tmp_path / "with.pcapng"
    command = [editcap, "--inject-secrets", f"tls,{KEYS}", str(CAPTURES / "tls13.pcap"), str(place)]
    subprocess.run(command, check=True, capture_output=True)
    assert roles(tlseku.read(place)) == OPENED


def test_nothing_heavy_is_imported_without_secrets() -> None:
    code = (
        "import sys, tlseku; list(tlseku.read(sys.argv[1]));"
        " print([name for name in sys.modules if name.startswith('tlseku.decryption.record_decryptor') or name == 'tlseku.decryption.aead'])"
    )
    command = [sys.executable, "-c", code, str(CAPTURES / "tls13.pcap")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


def test_key_logs_that_fit_nothing_are_told() -> None:
    flows = tlseku.read(CAPTURES / "tls13.pcap", secrets=LINES[0])
    assert flows.warnings == ("the key logs hold no secret of any flow",)
    assert tlseku.read(CAPTURES / "tls13.pcap", secrets=[LINES[0], KEYS]).warnings == ()
    assert tlseku.read(CAPTURES / "tls13.pcap").warnings == ()


@pytest.mark.parametrize("batch_before", [False, True])
def test_frames_one_by_one_are_opened_behind_a_batch_too(batch_before: bool) -> None:
    engine = new_engine(only_ends=True)
    with tlseku.capture.open_capture(CAPTURES / "tls13.pcap") as capture:
        batches = list(capture.batches())
    if batch_before:
        engine.feed_batch(batches[0]._replace(starts=batches[0].starts[:1]))
    engine.add_secrets(KEYS.read_bytes())
    for batch in batches:
        for index in range(int(batch_before), len(batch.starts)):
            packet = batch.packet(index)
            engine.feed(packet.ts_ns, packet.linktype, packet.data, packet.original_length)
    (ended,) = engine.close()
    assert [presented.role for presented in ended.flow.presented] == OPENED
    assert engine.summary.with_secrets == 1
