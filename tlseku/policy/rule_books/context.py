"""What is known beside the chain when a rule-book judges.

Knows settings of products that change their rules; must not know where they were learnt.
"""

from __future__ import annotations

from typing import Literal

from tlseku._objects import frozen

Mode = Literal["on", "off", "unknown"]


@frozen
class Context:
    """``mode`` is the Extended Key Usage checking mode of the Expressway that judges (x15.5: ``SIP TLS Certificate
    ExtendedKeyUsage Checking Mode``), ``unknown`` unless somebody says.
    ``peer_software`` is the product or the TLS library that judges client certificates, by a name that ``tlseku rules
    --products`` lists, None unless somebody says."""

    mode: Mode = "unknown"
    peer_software: str | None = None
