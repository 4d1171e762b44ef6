"""Names of EAP methods.

Knows IANA's EAP Method Types as far as they are in use; a number without a name here is shown as a number.
"""

from __future__ import annotations

EAP_METHODS = {
    1: "Identity",
    2: "Notification",
    3: "Nak",
    4: "MD5-Challenge",
    5: "One-Time Password",
    6: "Generic Token Card",
    13: "EAP-TLS",
    17: "LEAP",
    18: "EAP-SIM",
    21: "EAP-TTLS",
    23: "EAP-AKA",
    25: "PEAP",
    26: "EAP-MSCHAPv2",
    29: "EAP-MSCHAPv2",
    43: "EAP-FAST",
    47: "EAP-PSK",
    50: "EAP-AKA'",
    52: "EAP-PWD",
    53: "EAP-EKE",
    55: "TEAP",
    254: "an expanded type",
}
"""IANA Extensible Authentication Protocol (EAP) Registry, Method Types."""


def eap_method_name(method: int) -> str:
    """``EAP-TLS``, or ``EAP type 0x63``."""
    return EAP_METHODS.get(method) or f"EAP type 0x{method:02x}"
