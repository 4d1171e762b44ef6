"""The names of the TLS libraries that are told apart, for those who only need the words: no table is read for them."""

from __future__ import annotations

from typing import Literal, get_args

StackName = Literal[
    "openssl",
    "boringssl",
    "rustls",
    "go",
    "java",
    "erlang",
    "gnutls",
    "wolfssl",
    "botan",
    "mbedtls",
    "nss",
]

STACK_NAMES: tuple[str, ...] = get_args(StackName)
"""As in ``stacks.toml``, and in its order."""
