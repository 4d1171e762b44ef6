"""One run of a stack: every chain of the matrix, and those that are wrong otherwise, presented to it once.

Knows which files both sides read and the order of the chains; must not know what is expected.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import load_pem_x509_certificate

from tests.builder import Built, build, ca
from tests.verifiers.cases import case_named, cases
from tests.verifiers.stacks.driver import Caller, Part, Recorder, Recording, Server, Version, free_port
from tests.verifiers.stacks.rows import Stack

OWN = "C+S / absent"
UNKNOWN, EXPIRED, NOTHING = "unknown issuer", "expired", "no certificate"


def chains() -> Iterator[tuple[str, Sequence[Built]]]:
    """What is presented, by name, leaf first; nothing for ``NOTHING``."""
    for case in cases():
        yield case.name, (case.leaf, *case.issuers)
    own = case_named(OWN)
    always, once = datetime(2040, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc)
    yield UNKNOWN, (build(issuer=ca("Nobody's CA"), not_after=always),)
    yield EXPIRED, (build(issuer=own.issuers[0], not_after=once), *own.issuers)
    yield NOTHING, ()


def measure(stack: Stack, part: Part, version: Version) -> Recording:
    """Bring our side together with the stack for every chain. Raises Missing where the stack is not there."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "work"
        work.mkdir()
        lay_down(work)
        recorder = Recorder(work, version, stack.manner)
        if part == "server":
            _as_server(stack, version, work, recorder)
        else:
            _as_client(stack, version, work, recorder)
        return recorder.recording()


def _as_server(stack: Stack, version: Version, work: Path, recorder: Recorder) -> None:
    assert stack.server is not None
    port = free_port()
    command = stack.server(work, version, port)
    with Server(command, work, port if stack.told_its_port else None) as port:

        def call(lane: int) -> None:
            for name, chain in islice(chains(), lane, None, stack.lanes):
                recorder.call(name, identity(chain, work, lane), port)

        _side_by_side(call, stack.lanes)


def _as_client(stack: Stack, version: Version, work: Path, recorder: Recorder) -> None:
    assert stack.client is not None
    command = stack.client(work, version, 0)

    def answer(lane: int) -> None:
        caller = Caller(command, work)
        try:
            for name, chain in islice(chains(), lane, None, stack.lanes):
                if chain:
                    recorder.answer(name, identity(chain, work, lane), caller)
        finally:
            caller.close()

    _side_by_side(answer, stack.lanes)


def _side_by_side(run: Callable[[int], None], lanes: int) -> None:
    with ThreadPoolExecutor(lanes) as pool:
        for done in [pool.submit(run, lane) for lane in range(lanes)]:
            done.result()


def chain_of(name: str) -> Sequence[Built]:
    """A chain by its name."""
    return dict(chains())[name]


def identity(chain: Sequence[Built], work: Path, lane: int = 0) -> Path | None:
    """A file with a chain and the key of its leaf, None for nothing. It is written over by the next of a lane."""
    if not chain:
        return None
    file = work / f"presented-{lane}.pem"
    file.write_bytes(b"".join([*(built.pem for built in chain), chain[0].key_pem]))
    return file


def lay_down(work: Path) -> None:
    """What every peer reads: ``own.pem`` with its issuer, ``own.key``, ``own.p12`` and ``roots.pem``."""
    own = case_named(OWN)
    (work / "own.pem").write_bytes(own.leaf.pem + own.issuers[0].pem)
    (work / "own.key").write_bytes(own.leaf.key_pem)
    roots = dict.fromkeys(case.root.pem for case in cases())
    (work / "roots.pem").write_bytes(b"".join(roots))
    bundle = pkcs12.serialize_key_and_certificates(
        b"own",
        own.leaf.key,  # type: ignore[arg-type]
        load_pem_x509_certificate(own.leaf.pem),
        [load_pem_x509_certificate(own.issuers[0].pem)],
        BestAvailableEncryption(b"password"),
    )
    (work / "own.p12").write_bytes(bundle)
