"""Names of Kerberos error codes that have to do with certificates.

Knows RFC 4120 section 7.5.9 and RFC 4556 section 3.1.3 as far as PKINIT gets them; a code without a name here is shown
as a number.
"""

from __future__ import annotations

KERBEROS_ERRORS = {
    6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
    12: "KDC_ERR_POLICY",
    16: "KDC_ERR_PADATA_TYPE_NOSUPP",
    18: "KDC_ERR_CLIENT_REVOKED",
    24: "KDC_ERR_PREAUTH_FAILED",
    25: "KDC_ERR_PREAUTH_REQUIRED",
    37: "KRB_AP_ERR_SKEW",
    52: "KRB_ERR_RESPONSE_TOO_BIG",
    60: "KRB_ERR_GENERIC",
    62: "KDC_ERR_CLIENT_NOT_TRUSTED",
    63: "KDC_ERR_KDC_NOT_TRUSTED",
    64: "KDC_ERR_INVALID_SIG",
    65: "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED",
    70: "KDC_ERR_CANT_VERIFY_CERTIFICATE",
    71: "KDC_ERR_INVALID_CERTIFICATE",
    72: "KDC_ERR_REVOKED_CERTIFICATE",
    73: "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
    75: "KDC_ERR_CLIENT_NAME_MISMATCH",
    76: "KDC_ERR_KDC_NAME_MISMATCH",
    77: "KDC_ERR_INCONSISTENT_KEY_PURPOSE",
    78: "KDC_ERR_DIGEST_IN_CERT_NOT_ACCEPTED",
    79: "KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED",
    80: "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED",
    81: "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED",
}
"""Error codes by number."""


def kerberos_error_name(code: int) -> str:
    """``KDC_ERR_CLIENT_NOT_TRUSTED (62)``, or ``error 41``."""
    name = KERBEROS_ERRORS.get(code)
    return f"error {code}" if name is None else f"{name} ({code})"
