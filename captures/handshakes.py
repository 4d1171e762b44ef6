"""Real TLS connections between two OpenSSL processes, recorded once and kept as JSON.

Knows how to run ``openssl s_server`` and ``openssl s_client`` against each other on the loopback, through a tap
that notes which side sent what; must not know packets. Out comes a ``Transcript``: the bytes of each direction
as alternating flights, how they were made, and what the two processes said of it. Recording is the only part
that is not deterministic, and the only part that needs the ``openssl`` command; ``make`` works from the files
under ``handshakes/``. Both ends verify at the time of the capture (``-attime``), so a recording can be
remade in any year.
"""

from __future__ import annotations

import base64
import contextlib
import json
import selectors
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from certificates import Issued
from identities import Holder

DIRECTORY = Path(__file__).resolve().parent / "handshakes"

Side = Literal["client", "server"]

_QUIET_SECONDS = 0.4
"""With no byte for this long the side whose turn it is has said everything. Loopback answers in milliseconds."""

_PATIENCE_SECONDS = 20.0
"""A recording that takes longer has hung."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One connection to record.

    ``epoch`` is the time in seconds at which both sides verify. ``client`` None sends no certificate.
    ``server_flags`` decide what the server demands; ``trusted`` are the CA certificates that both sides trust
    and that the server names in its CertificateRequest. ``request`` and ``response`` are application data, sent
    once the handshake is through. ``kept`` are certificates that nobody presents and that bundles need: they are
    kept with the transcript.
    """

    epoch: int
    server: Holder
    client: Holder | None
    trusted: tuple[Issued, ...]
    server_flags: tuple[str, ...] = ("-Verify", "3", "-verify_return_error")
    version: str = "-tls1_2"
    server_name: str | None = None
    request: bytes = b""
    response: bytes = b""
    keep_keys: bool = False
    kept: tuple[Issued, ...] = ()


@dataclass(frozen=True, slots=True)
class Flight:
    """Bytes that one side sent without the other saying anything between."""

    sender: Side
    data: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """A recorded connection. ``key_log`` holds lines in the SSLKEYLOGFILE format, where they were kept; ``kept`` are
    PEM certificates that nobody presented."""

    openssl: str
    server_command: str
    client_command: str
    server_said: tuple[str, ...]
    client_said: tuple[str, ...]
    flights: tuple[Flight, ...]
    key_log: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def load(name: str) -> Transcript:
    """The transcript kept under ``handshakes/<name>.json``."""
    stored = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="ascii"))
    return Transcript(
        stored["openssl"],
        stored["server_command"],
        stored["client_command"],
        tuple(stored["server_said"]),
        tuple(stored["client_said"]),
        tuple(Flight(part["from"], base64.b64decode(part["base64"])) for part in stored["flights"]),
        tuple(stored.get("key_log", ())),
        tuple(stored.get("kept", ())),
    )


def save(name: str, transcript: Transcript) -> None:
    """Keep the transcript under ``handshakes/<name>.json``."""
    stored: dict[str, object] = {
        "what": "bytes of a real TLS connection between two OpenSSL processes; synthetic certificates",
        "openssl": transcript.openssl,
        "server_command": transcript.server_command,
        "client_command": transcript.client_command,
        "server_said": transcript.server_said,
        "client_said": transcript.client_said,
        "flights": [
            {
                "from": flight.sender,
                "bytes": len(flight.data),
                "base64": base64.b64encode(flight.data).decode(),
            }
            for flight in transcript.flights
        ],
    }
    if transcript.key_log:
        stored["key_log"] = transcript.key_log
    if transcript.kept:
        stored["kept"] = transcript.kept
    DIRECTORY.mkdir(exist_ok=True)
    (DIRECTORY / f"{name}.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="ascii")


def record(recipe: Recipe) -> Transcript:
    """Run the connection and note every byte. ``RuntimeError`` where OpenSSL hangs or will not start."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as tap:
        place = Path(folder)
        _write_credentials(place, recipe)
        server_port = _free_port()
        server_command = _server_command(recipe)
        client_command = _client_command(recipe)
        server = _start([*server_command, "-accept", f"127.0.0.1:{server_port}"], place, "server.txt")
        try:
            towards_server = _connect(server_port, server, place / "server.txt")
            port = tap.getsockname()[1]
            client = _start([*client_command, "-connect", f"127.0.0.1:{port}"], place, "client.txt")
            try:
                towards_client, _ = tap.accept()
                with towards_server, towards_client:
                    flights = _relay(towards_client, towards_server, client, server, recipe)
            finally:
                _end(client)
        finally:
            _end(server)
        key_log = (place / "keys.txt").read_text().splitlines() if recipe.keep_keys else []
        return Transcript(
            openssl=subprocess.run(
                ["openssl", "version"], capture_output=True, text=True, check=True
            ).stdout.strip(),
            server_command=" ".join(server_command),
            client_command=" ".join(client_command),
            server_said=_telling_lines(place / "server.txt"),
            client_said=_telling_lines(place / "client.txt"),
            flights=tuple(flights),
            key_log=tuple(line for line in key_log if not line.startswith("#")),
            kept=tuple(issued.pem.decode("ascii") for issued in recipe.kept),
        )


def _server_command(recipe: Recipe) -> list[str]:
    command = ["openssl", "s_server", "-quiet", "-naccept", "1", recipe.version, *_agreed(recipe)]
    command += ["-cert", "server.pem", "-key", "server.key", "-cert_chain", "server-chain.pem"]
    command += ["-CAfile", "trusted.pem", *recipe.server_flags]
    return [*command, "-keylogfile", "keys.txt"] if recipe.keep_keys else command


def _client_command(recipe: Recipe) -> list[str]:
    command = ["openssl", "s_client", recipe.version, *_agreed(recipe), "-verify_return_error"]
    command += ["-verifyCAfile", "trusted.pem"]
    if recipe.client is not None:
        command += ["-cert", "client.pem", "-key", "client.key"]
        if recipe.client.intermediates:
            command += ["-cert_chain", "client-chain.pem"]
    return [
        *command,
        *(("-noservername",) if recipe.server_name is None else ("-servername", recipe.server_name)),
    ]


def _agreed(recipe: Recipe) -> list[str]:
    agreed = ["-attime", str(recipe.epoch), "-groups", "P-256"]
    # One suite and no tickets: the lengths of ClientKeyExchange and Finished are then known beforehand.
    return (
        [*agreed, "-cipher", "ECDHE-RSA-AES256-GCM-SHA384", "-no_ticket"]
        if recipe.version == "-tls1_2"
        else agreed
    )


def _write_credentials(place: Path, recipe: Recipe) -> None:
    for who, holder in (("server", recipe.server), ("client", recipe.client)):
        if holder is not None:
            (place / f"{who}.pem").write_bytes(holder.leaf.pem)
            (place / f"{who}.key").write_bytes(holder.leaf.key_pem)
            (place / f"{who}-chain.pem").write_bytes(b"".join(issued.pem for issued in holder.intermediates))
    (place / "trusted.pem").write_bytes(b"".join(issued.pem for issued in recipe.trusted))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _start(command: Sequence[str], place: Path, output: str) -> subprocess.Popen[bytes]:
    with (place / output).open("wb") as sink:
        return subprocess.Popen(
            command, cwd=place, stdin=subprocess.PIPE, stdout=sink, stderr=subprocess.STDOUT
        )


def _connect(port: int, process: subprocess.Popen[bytes], output: Path) -> socket.socket:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        time.sleep(0.02)
    raise RuntimeError(f"openssl s_server does not listen: {output.read_text(errors='replace')}")


def _relay(
    client: socket.socket,
    server: socket.socket,
    client_process: subprocess.Popen[bytes],
    server_process: subprocess.Popen[bytes],
    recipe: Recipe,
) -> list[Flight]:
    """Pass bytes on until both sides have closed; speak the application data, then hang up, in the silences."""
    flights: list[Flight] = []
    turns = [(client_process, recipe.request), (server_process, recipe.response)]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, ("client", client, server))
        selector.register(server, selectors.EVENT_READ, ("server", server, client))
        while selector.get_map():
            if time.monotonic() > deadline:
                raise RuntimeError("the recording hangs")
            ready = selector.select(_QUIET_SECONDS)
            if not ready:
                _take_a_turn(turns, client_process)
            for key, _ in ready:
                sender, speaker, other = key.data
                try:
                    data = speaker.recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data:
                    selector.unregister(speaker)
                    _half_close(other)
                elif flights and flights[-1].sender == sender:
                    flights[-1] = Flight(sender, flights[-1].data + data)
                else:
                    flights.append(Flight(sender, data))
                if data:
                    other.sendall(data)
    return flights


def _take_a_turn(turns: list[tuple[subprocess.Popen[bytes], bytes]], client: subprocess.Popen[bytes]) -> None:
    if turns:
        process, text = turns.pop(0)
        if text and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(text)
                process.stdin.flush()
    elif client.stdin is not None and not client.stdin.closed:
        # At the end of its input s_client sends close_notify and closes.
        client.stdin.close()


def _half_close(sender: socket.socket) -> None:
    # The other side may have hung up already, which is what this was going to tell it.
    with contextlib.suppress(OSError):
        sender.shutdown(socket.SHUT_WR)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None and not process.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _telling_lines(output: Path) -> tuple[str, ...]:
    """What is worth keeping of a process's output: the verdict and the errors, without thread numbers."""
    telling: list[str] = []
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        if ":error:" in line:
            telling.append("error:" + line.split(":error:", 1)[1])
        elif line.startswith(
            ("verify error", "Verification", "Verify return code", "    Verify return code", "New,")
        ):
            telling.append(line.strip())
    return tuple(dict.fromkeys(telling))
