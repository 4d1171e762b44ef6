"""OpenSSL in a live handshake, through Python's ``ssl`` and memory instead of a network.

Knows the ``ssl`` module; must not know what is expected. The role is the one in which the case's chain is presented;
the other side checks it and nothing else is wrong: its own certificate is good and names are not compared. Both sides
run TLS 1.2, where the alert is in clear. What was said is the verifier's own reason. OpenSSL itself does not load a
certificate with a repeated extension, so that it cannot present one: such cases have no answer.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

from tests.verifiers.answer import ROLES, Answer, Answers, Role
from tests.verifiers.cases import Case, case_named

COMMANDS = ()

_MOST_TURNS = 10
"""Flights of a handshake; a full one with client authentication takes four."""


def version() -> str:
    """The OpenSSL that Python was built with."""
    return ssl.OPENSSL_VERSION


def judge(cases: Sequence[Case], work: Path) -> Answers:
    """Shake hands for every case in both roles. ``work`` is an empty directory."""
    roots = work / "roots.pem"
    roots.write_bytes(b"".join(sorted({case.root.pem for case in cases})))
    own = _identity(case_named("C+S / absent"), work / "own.pem")
    answers: Answers = {}
    for index, case in enumerate(cases):
        presented = _identity(case, work / f"{index}.pem")
        if not _loads(presented):
            continue
        for role in ROLES:
            answers[case.name, role] = _shake_hands(presented, own, roots, role)
    return answers


def _loads(identity: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(identity)
    except ssl.SSLError:
        return False
    return True


def _identity(case: Case, file: Path) -> Path:
    chain = [built.pem for built in (case.leaf, *case.issuers)]
    file.write_bytes(b"".join([*chain, case.leaf.key_pem]))
    return file


def _shake_hands(presented: Path, own: Path, roots: Path, role: Role) -> Answer:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client.check_hostname = False
    for context, mine in ((client, role == "client"), (server, role == "server")):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_NONE if mine else ssl.CERT_REQUIRED
        context.load_verify_locations(roots)
        context.load_cert_chain(presented if mine else own)
    server.verify_mode = ssl.CERT_REQUIRED
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True))
    problem = ""
    done: set[int] = set()
    for turn in range(2 * _MOST_TURNS):
        try:
            sides[turn % 2].do_handshake()
            done.add(turn % 2)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            # The second to stop only repeats the alert that the first one sent.
            problem += f"; {_word(error)}" if problem else _word(error)
            done.add(turn % 2)
        if len(done) == 2:
            break
    return Answer(not problem, problem)


def _word(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.reason}: {error.verify_message}"
    return str(error.reason)
