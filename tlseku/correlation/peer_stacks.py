"""The TLS libraries that probably judged: those of the server, for which its request or the user speaks.

Knows flows; must not know how software is recognised. Of clients nothing is known: no hello names its library for
certain.
"""

from __future__ import annotations

from tlseku.flow import Flow


def stacks_judging(flow: Flow, judge: str | None) -> tuple[str, ...]:
    """The names of the libraries of the side that judges; ``()`` where nothing tells."""
    if judge != "server":
        return ()
    software = flow.peer_software
    return () if software is None else software.stacks
