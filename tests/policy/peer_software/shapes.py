"""Requests as real servers made them: what was asked, whose it was, and what it must be taken for.

Each row was read from the wire of the software that it names, run live on 2026-11-29 and 2026-11-30.
"""

from __future__ import annotations

from typing import NamedTuple

from tlseku.policy.peer_software.request_shape import RequestShape


class Asked(NamedTuple):
    """One request: the software with its version and setting, its ``types`` (TLS 1.2) or ``extensions`` (TLS 1.3) and
    ``schemes``, the library that it must be taken for, and the title with the release."""

    software: str
    types: str
    extensions: str
    schemes: str
    stack: str
    title: str

    @property
    def shape(self) -> RequestShape:
        """What a request of this kind has."""
        types = tuple(int(word) for word in self.types.split()) if self.types else None
        extensions = tuple(int(word) for word in self.extensions.split()) if self.extensions else None
        return RequestShape(types, tuple(int(word, 16) for word in self.schemes.split()), extensions)


_OPENSSL = "0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601"
_ML_DSA = f"0905 0906 0904 0403 0503 0603 0807 0808 081a 081b 081c{_OPENSSL[24:]}"
_GO = "0804 0403 0807 0805 0806 0401 0501 0601 0503 0603"
_JAVA = "0403 0503 0603 0807 0808 0804 0805 0806 0809 080a 080b"
_GNUTLS = "0401 0809 0804 0403 0807 0501 080a 0805 0503 0808 0601 080b 0806 0603 0201 0203"
_BORING = "0403 0804 0401 0503 0805 0501 0806 0601"
_RUSTLS = "0807 0806 0805 0804 0601 0501 0401"
_WOLF_EC, _WOLF_RSA = (
    "0603 0503 0403 0203 0807 0808",
    "0806 080b 0805 080a 0804 0809 0601 0501 0401 0301 0201",
)
_NSS = "0403 0503 0603 0203 0804 0805 0806 0401 0501 0601 0201"

ASKED = (
    Asked("OpenSSL 3.0.19", "1 2 64", "", f"{_OPENSSL} 0303 0301 0302 0402 0502 0602", "openssl", "OpenSSL"),
    Asked("OpenSSL 3.0.19, level 0", "1 2 64", "",
          f"{_OPENSSL} 0303 0203 0301 0201 0302 0202 0402 0502 0602", "openssl", "OpenSSL"),
    Asked("OpenSSL 3.0.19, level 3", "1 2 64", "", f"{_OPENSSL} 0402 0502 0602", "openssl", "OpenSSL"),
    Asked("OpenSSL 3.0.19", "", "13 47", f"{_OPENSSL} 0303 0301", "openssl", "OpenSSL before 3.5"),
    Asked("OpenSSL 3.0.19, level 3", "", "13 47", _OPENSSL, "openssl", "OpenSSL before 3.5"),
    Asked("OpenSSL 3.0.19, level 0, no CA", "", "13", f"{_OPENSSL} 0303 0203 0301 0201", "openssl", "OpenSSL before 3.5"),
    Asked("OpenSSL 3.5.7 (Node 24.19)", "", "13 47", _ML_DSA, "openssl", "OpenSSL 3.5 or later"),
    Asked("OpenSSL 3.0.17 (Node 22.19.0)", "", "13 47", f"{_OPENSSL} 0303 0301", "openssl", "OpenSSL before 3.5"),
    Asked("OpenSSL 3.5.2 (Node 22.20.0)", "", "13 47", _ML_DSA, "openssl", "OpenSSL 3.5 or later"),
    Asked("OpenSSL 3.5.2 (Node 22.20.0)", "1 2 64", "", f"{_OPENSSL} 0303 0301 0302 0402 0502 0602", "openssl", "OpenSSL"),
    Asked("OpenSSL 4.0.3", "", "13 47", f"{_ML_DSA} 0708", "openssl", "OpenSSL 4.0 or later"),
    Asked("gRPC 1.85.3", "1 64", "", f"{_BORING} 0201", "boringssl", "BoringSSL"),
    Asked("gRPC 1.85.3", "", "13", f"{_BORING} 0201", "boringssl", "BoringSSL"),
    Asked("Bun 1.4.5", "", "13 47", f"{_BORING} 0807 0603 0201", "boringssl", "BoringSSL"),
    Asked("granian 2.8.9", "1 64", "", f"0503 0403 {_RUSTLS}", "rustls", "rustls"),
    Asked("Deno 2.9.8", "", "13 47", f"0503 0403 0603 {_RUSTLS}", "rustls", "rustls"),
    Asked("Go 1.19.8", "1 64", "", f"{_GO} 0201 0203", "go", "Go before 1.25"),
    Asked("Go 1.27.3", "1 64", "", _GO, "go", "Go 1.25 or later"),
    Asked("Go 1.19.8, no CA", "", "5 18 13", f"{_GO} 0201 0203", "go", "Go before 1.27"),
    Asked("Go 1.19.8", "", "5 18 13 47", f"{_GO} 0201 0203", "go", "Go before 1.27"),
    Asked("Go 1.27.3", "", "5 18 13 50 47", "0904 0905 0906 0804 0403 0807 0805 0806 0503 0603", "go",
          "Go 1.27 or later"),
    Asked("Java 17", "64 1 2", "", f"{_JAVA} 0401 0501 0601 0402 0303 0301 0302 0203 0201 0202", "java", "Java (JSSE)"),
    Asked("Java 25", "64 1 2", "", f"{_JAVA} 0401 0501 0601 0402 0303 0301 0302", "java", "Java (JSSE)"),
    Asked("Java 17", "", "13 47 50", f"{_JAVA} 0401 0501 0601 0203 0201", "java", "Java (JSSE)"),
    Asked("Java 25", "", "13 47 50", _JAVA, "java", "Java (JSSE)"),
    Asked("Erlang/OTP 25", "64 1 2", "",
          "0202 0201 0203 0301 0303 0401 0403 0501 0503 0601 0603 0804 0805 0806 0809 080a 080b", "erlang",
          "Erlang/OTP ssl"),
    Asked("Erlang/OTP 25", "", "13 47",
          "0201 0203 0401 0501 0601 0804 0805 0806 0809 080a 080b 0403 0503 0603 0808 0807", "erlang", "Erlang/OTP ssl"),
    Asked("GnuTLS 3.7.9", "1 64", "", _GNUTLS, "gnutls", "GnuTLS"),
    Asked("GnuTLS 3.7.9", "", "13 47 5", _GNUTLS, "gnutls", "GnuTLS"),
    Asked("GnuTLS 3.7.9, no CA", "", "13 5", _GNUTLS, "gnutls", "GnuTLS"),
    Asked("wolfSSL 5.5.4, EC key", "64", "", _WOLF_EC, "wolfssl", "wolfSSL"),
    Asked("wolfSSL 5.5.4, RSA key", "1", "", _WOLF_RSA, "wolfssl", "wolfSSL"),
    Asked("wolfSSL 5.5.4", "", "13", f"{_WOLF_EC} {_WOLF_RSA}", "wolfssl", "wolfSSL"),
    Asked("Botan 2.19.3", "1 64 2", "", "0805 0804 0806 0501 0601 0401 0503 0603 0403", "botan", "Botan"),
    Asked("Mbed TLS 2.28.3", "1 64", "", "0501 0503 0401 0403", "mbedtls", "Mbed TLS"),
    Asked("NSS 3.87.1", "1 64 2", "", f"{_NSS} 0402 0502 0602 0202", "nss", "NSS"),
    Asked("NSS 3.87.1", "", "13 47", _NSS, "nss", "NSS"),
)  # fmt: skip

CONFIGURED = (
    Asked("any server told to take P-256 alone", "64", "", "0403", "", ""),
    Asked("OpenSSL, RSA only", "1", "", "0804 0805 0806 0401 0501 0601", "", ""),
    Asked("OpenSSL, told two schemes", "1 64", "", "0401 0403", "", ""),
    Asked("OpenSSL, the default turned round", "1 2 64", "", " ".join(reversed(_OPENSSL.split())), "", ""),
    Asked("OpenSSL in TLS 1.3, told two schemes", "", "13 47", "0403 0804", "", ""),
    Asked("OpenSSL with an extension of its own", "", "13 47 65281", f"{_OPENSSL} 0303 0301", "", ""),
    Asked("OpenSSL 3.0, one scheme more", "", "13 47", f"{_OPENSSL} 0303 0301 0708", "", ""),
    Asked("the types of Java, the schemes of OpenSSL", "64 1 2", "", f"{_OPENSSL} 0303 0301 0302", "", ""),
    Asked("the extensions of Go, the schemes of OpenSSL", "", "5 18 13 47", f"{_OPENSSL} 0303 0301", "", ""),
    Asked("aioquic", "", "13", "0403 0804 0401 0503 0805 0501 0201 0807 0808", "", ""),
    Asked("OpenSSL 1.0, as in a capture of Zeek's", "1 2 64", "",
          "0601 0602 0603 0501 0502 0503 0401 0402 0403 0301 0302 0303 0201 0202 0203", "", ""),
    Asked("GnuTLS without one scheme", "1 64", "", _GNUTLS.replace("0403 ", "", 1), "", ""),
)  # fmt: skip
"""Shapes that name nobody: they were configured, or nobody has measured whose they are."""
