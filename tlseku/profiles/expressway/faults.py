"""The fault that files of an Expressway can have.

Knows nothing but its name. It is raised for bundles, logs and dumps that cannot be read at all or must not be read.
"""

from __future__ import annotations

from tlseku.errors import TlsekuError


class BundleError(TlsekuError):
    """A bundle, or a file of one, cannot or must not be read. ``file`` is its name as given, ``problem`` says why;
    ``str()`` is both on one line."""

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        self.problem = problem
        super().__init__(f"{file}: {problem}")
