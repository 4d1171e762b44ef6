"""Block and stream ciphers by name, wherever the installed ``cryptography`` keeps them.

Knows that the library moves what has grown old from ``primitives`` to ``decrepit``, one by one from version 43 on; must
not know modes, keys or records.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast
from warnings import catch_warnings, simplefilter

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, CipherAlgorithm, algorithms

_CLASSES = {
    "AES": "AES",
    "Camellia": "Camellia",
    "SEED": "SEED",
    "IDEA": "IDEA",
    "3DES": "TripleDES",
    "DES": "TripleDES",
    "RC4": "ARC4",
}


def block_cipher(name: str, key: bytes) -> BlockCipherAlgorithm:
    """The block cipher of that name in ``suites``. Raises ``UnsupportedAlgorithm`` where the library has it not."""
    # Encrypting, decrypting and encrypting with one key is encrypting once: single DES.
    return cast(BlockCipherAlgorithm, _make(name, key * 3 if name == "DES" else key))


def stream_cipher(name: str, key: bytes) -> CipherAlgorithm:
    """The stream cipher of that name. Raises ``UnsupportedAlgorithm`` where the library has it not."""
    return _make(name, key)


def _make(name: str, key: bytes) -> CipherAlgorithm:
    wanted = _CLASSES[name]
    with catch_warnings():
        # Version 42 says of some of them that they will move.
        simplefilter("ignore")
        found = getattr(_decrepit(), wanted, None) or getattr(algorithms, wanted, None)
    if found is None:
        raise UnsupportedAlgorithm(f"{wanted} is not in this version of cryptography")
    return cast("Callable[[bytes], CipherAlgorithm]", found)(key)


def _decrepit() -> object:
    try:
        return import_module("cryptography.hazmat.decrepit.ciphers.algorithms")
    except ImportError:
        return algorithms
