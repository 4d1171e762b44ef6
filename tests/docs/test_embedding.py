"""The examples of ``docs/embedding.md`` run, and print what stands below them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tlseku
from tests.builder import CLIENT_AUTH, SERVER_AUTH, Built, build, ca
from tlseku.capture import packets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "embedding.md"
BLOCK = re.compile(r"<!-- (runs|prints): (\w+) -->\n```\w+\n(.*?)```", re.S)
BLOCKS = {(kind, name): text for kind, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8"))}


def ran(name: str) -> tuple[dict[str, Any], str]:
    """The names that an example leaves, and what it printed."""
    names: dict[str, Any] = {"__name__": f"example_{name}"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(BLOCKS["runs", name], f"{PAGE.name}:{name}", "exec"), names)
    return names, out.getvalue()


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PAGE.parents[1])


def test_every_example_is_known_here() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```python") + text.count("```bash") == sum(kind == "runs" for kind, _ in BLOCKS)
    assert {name for kind, name in BLOCKS if kind == "runs"} == {
        "pcapy",
        "nfstream",
        "mitmproxy",  # test_mitmproxy.py
        "dpkt",
        "scapy",
        "asyncio",
        "watch",
        "drop",
        "fastapi",
        "dask",
        "dicts",
    }


@pytest.mark.filterwarnings("ignore")  # what scapy warns of while it is imported is not ours
@pytest.mark.parametrize(
    "name", [name for kind, name in BLOCKS if kind == "prints" and name not in ("nfstream", "mitmproxy")]
)
def test_it_prints_what_it_says(name: str) -> None:
    if name in ("scapy", "dask", "pcapy"):
        pytest.importorskip(name, reason=f"needs {name}, of the test extra")
    assert ran(name)[1] == BLOCKS["prints", name]


def test_a_plugin_of_nfstream_prints_what_it_says(tmp_path: Path) -> None:
    pytest.importorskip("nfstream", reason="needs nfstream, of the test extra")
    # A program of its own: nfstream binds the process that asks to one processor.
    script = tmp_path / "script.py"
    script.write_text(BLOCKS["runs", "nfstream"], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        check=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(PAGE.parents[1])},
    )
    assert done.stdout.splitlines() == [line.strip() for line in BLOCKS["prints", "nfstream"].splitlines()]


@pytest.mark.parametrize("word", ["feed", "feed_stream", "add_secrets", "advance", "close"])
def test_what_is_said_to_stay_is_there(word: str) -> None:
    assert callable(getattr(tlseku.Analyzer, word))


def test_a_dropped_capture_is_read_once(tmp_path: Path, own_captures: Path) -> None:
    take_new: Callable[..., list[Path]] = ran("drop")[0]["take_new"]
    assert take_new(tmp_path) == []
    for name in ("declined.pcap", "scenario1.pcap.gz"):
        (tmp_path / name).write_bytes((own_captures / name).read_bytes())
    (tmp_path / "bad.pcap").write_bytes(b"nothing")
    # They may still be written.
    assert take_new(tmp_path) == []
    for file in tmp_path.iterdir():
        os.utime(file, (file.stat().st_mtime - 6,) * 2)
    first = take_new(tmp_path)
    assert [path.name for path in first] == ["declined.pcap.ndjson", "scenario1.pcap.gz.ndjson"]
    flow = json.loads(first[1].read_text())
    assert (flow["direction"], flow["client_cert"]["verdict"]) == ("outbound", "ok")
    assert "bad.pcap: " in (tmp_path / "bad.pcap.error").read_text()
    assert take_new(tmp_path) == []
    (tmp_path / "tls13.pcap").write_bytes((own_captures / "tls13.pcap").read_bytes())
    assert take_new(tmp_path) == []
    assert [path.name for path in take_new(tmp_path, still=0)] == ["tls13.pcap.ndjson"]
    assert not list(tmp_path.glob("*.part"))


def _packets(file: Path) -> list[tuple[int, int, bytes]]:
    """The packets of a capture as if they came now."""
    found = list(packets(file))
    late = time.time_ns() - found[-1].ts_ns
    return [(one.ts_ns + late, one.linktype, one.data) for one in found]


def test_a_quiet_line_tells_a_flow_and_then_the_rest(own_captures: Path) -> None:
    names = ran("watch")[0]
    # Time runs faster here, so that nobody waits for TIME_WAIT.
    clock = SimpleNamespace(time_ns=lambda: time.time_ns() + 3_000_000_000)
    names["time"] = clock
    told: list[tlseku.Flow] = []

    async def run() -> list[int]:
        queue: asyncio.Queue[tuple[int, int, bytes] | None] = asyncio.Queue()
        came = asyncio.Event()

        async def take(flow: tlseku.Flow) -> None:
            told.append(flow)
            came.set()

        watching = asyncio.create_task(names["watch"](queue, take, 0.01))
        for packet in _packets(own_captures / "declined.pcap"):
            queue.put_nowait(packet)
        await asyncio.wait_for(came.wait(), 60)
        counts = [len(told)]
        # Without its FINs: only the end of all tells it.
        for packet in _packets(own_captures / "wrong-eku-refused.pcap")[:9]:
            queue.put_nowait(packet)
        queue.put_nowait(None)
        await asyncio.wait_for(watching, 60)
        return [*counts, len(told)]

    assert asyncio.run(run()) == [1, 2]
    assert [flow.outcome for flow in told] == ["completed", "refused"]


@pytest.mark.filterwarnings("ignore")  # what FastAPI and its test client warn of is not ours
def test_the_endpoint_answers(own_captures: Path) -> None:
    pytest.importorskip("httpx", reason="needs httpx, of the test extra")
    testclient = pytest.importorskip("fastapi.testclient", reason="needs fastapi, of the test extra")
    names = ran("fastapi")[0]
    with testclient.TestClient(names["app"]) as client:
        good = client.post("/flows", content=(own_captures / "scenario1.pcap.gz").read_bytes())
        assert (good.status_code, good.headers["content-type"]) == (
            200,
            "application/x-ndjson",
        )
        (flow,) = map(json.loads, good.text.splitlines())
        assert (flow["direction"], flow["client_cert"]["verdict"]) == ("outbound", "ok")
        bad = client.post("/flows", content=b"nothing")
        assert bad.status_code == 422
        assert "not a capture" in bad.json()["detail"]
        names["MOST_BYTES"] = 100
        assert client.post("/flows", content=bytes(101)).status_code == 413


FAR = datetime(2120, 1, 1, tzinfo=timezone.utc)


def _context(folder: Path, side: int, root: Built, own: Built) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=root.der)
    chain = folder / f"{side}.pem"
    chain.write_bytes(own.pem + own.key_pem)
    context.load_cert_chain(chain)
    return context


def _echo_once(listener: socket.socket, context: ssl.SSLContext) -> None:
    with listener:
        connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as stream:
        stream.settimeout(10)
        try:
            stream.do_handshake()
            stream.sendall(stream.recv(100))
        except ssl.SSLError:
            # What the client still sends is taken first, so that no RST overtakes the alert.
            stream.shutdown(socket.SHUT_WR)
            while socket.socket.recv(stream, 4096):
                pass


async def _talk(tap: Any, server: ssl.SSLContext, client: ssl.SSLContext) -> bytes:
    """What comes back through the tap from a server that echoes a line."""

    far = socket.create_server(("127.0.0.1", 0))
    tap.port = far.getsockname()[1]
    # Not asyncio's TLS: when it refuses a certificate it closes, and the alert is never sent.
    serving = asyncio.create_task(asyncio.to_thread(_echo_once, far, server))
    near = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    answer = b""
    try:
        reader, writer = await asyncio.open_connection(*near.sockets[0].getsockname(), ssl=client)
        writer.write(b"hello\n")
        answer = await reader.read()
        writer.close()
    except (ssl.SSLError, ConnectionError):
        pass  # refused, as one of the two is meant to be
    for _ in range(500):
        if tap.flows:
            break
        await asyncio.sleep(0.01)
    near.close()
    await serving
    return answer


@pytest.mark.parametrize(
    ("eku", "verdict", "outcome", "codes", "answer"),
    [
        ((CLIENT_AUTH,), "ok", "completed", [], b"hello\n"),
        ((SERVER_AUTH,), "wrong", "refused", [43], b""),
    ],
)
def test_a_live_connection_through_the_tap(
    tmp_path: Path, eku: tuple[str, ...], verdict: str, outcome: str, codes: list[int], answer: bytes
) -> None:
    root = ca(not_after=FAR)
    server = build(issuer=root, subject="server.example", eku=(SERVER_AUTH,), not_after=FAR)
    client = build(issuer=root, subject="client.example", eku=eku, not_after=FAR)
    tap = ran("asyncio")[0]["Tap"]("127.0.0.1", 0)
    contexts = (
        _context(tmp_path, ssl.PROTOCOL_TLS_SERVER, root, server),
        _context(tmp_path, ssl.PROTOCOL_TLS_CLIENT, root, client),
    )
    assert asyncio.run(_talk(tap, *contexts)) == answer
    (flow,) = tap.flows
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", verdict)]
    assert flow.outcome == outcome
    assert [alert.code for alert in flow.alerts if not alert.encrypted] == codes
    assert flow.presented[1].chain[0].der == client.der


def test_a_live_interface_that_falls_quiet_tells_the_flow(tmp_path: Path) -> None:
    pcapy = pytest.importorskip("pcapy", reason="needs pcapy-ng, of the test extra")
    names = ran("pcapy")[0]
    # Time runs faster here, so that nobody waits for TIME_WAIT.
    names["time"] = SimpleNamespace(time_ns=lambda: time.time_ns() + 3_000_000_000)
    try:
        reader = pcapy.open_live("lo", 65535, False, 50)
    except pcapy.PcapError as error:
        pytest.skip(f"no rights to listen: {error}")
    root = ca(not_after=FAR)
    server = build(issuer=root, subject="server.example", eku=(SERVER_AUTH,), not_after=FAR)
    client = build(issuer=root, subject="client.example", eku=(CLIENT_AUTH,), not_after=FAR)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    reader.setfilter(f"tcp port {port}")
    ours = _context(tmp_path, ssl.PROTOCOL_TLS_CLIENT, root, client)
    theirs = _context(tmp_path, ssl.PROTOCOL_TLS_SERVER, root, server)
    serving = threading.Thread(target=_echo_once, args=(listener, theirs))
    serving.start()
    with ours.wrap_socket(socket.create_connection(("127.0.0.1", port))) as stream:
        stream.sendall(b"hello")
        assert stream.recv(100) == b"hello"
    serving.join(60)
    flow = next(names["flows_of"](reader, 0.05))
    reader.close()
    assert (flow.server.port, flow.outcome) == (port, "completed")
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "ok")]
