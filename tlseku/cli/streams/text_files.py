"""Text files that a user names, as streams: logs and dumps.

Knows files and standard input; must not know what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tlseku.capture.feed import Readable, describe_os_error, standard_input
from tlseku.profiles.expressway.faults import BundleError


@contextmanager
def opened(name: str) -> Iterator[Readable]:
    """The bytes of a file; ``-`` is standard input, which stays open. Raises ``BundleError`` if it does not open."""
    if name == "-":
        yield standard_input()
        return
    try:
        file = open(name, "rb")  # noqa: SIM115  the next statement closes it
    except (OSError, ValueError) as error:
        raise BundleError(name, f"cannot open it: {describe_os_error(error)}") from error
    with file:
        yield file
