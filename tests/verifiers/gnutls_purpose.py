"""GnuTLS, asked by ``certtool --verify`` with the purpose named.

Knows nothing that ``gnutls`` beside it does not know.
"""

from __future__ import annotations

from tests.verifiers.gnutls import COMMANDS, version
from tests.verifiers.gnutls import judge_with_purpose as judge

__all__ = ["COMMANDS", "judge", "version"]
