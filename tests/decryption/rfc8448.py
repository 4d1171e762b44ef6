"""The traces of RFC 8448, read from the file beside this module."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tlseku.decryption.secret_store import SecretStore


@dataclass
class Trace:
    """``turns`` are (side, record), ``secrets`` by label, ``keys`` by label and ``key`` or ``iv``."""

    name: str
    turns: list[tuple[int, bytes]] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    keys: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @property
    def client_random(self) -> bytes:
        """The random of the ClientHello."""
        return self.turns[0][1][11:43]

    def store(self) -> SecretStore:
        """The secrets as a key log would give them."""
        store = SecretStore()
        for label, secret in self.secrets.items():
            assert store.add(label, self.client_random, secret)
        return store


def read() -> list[Trace]:
    """All traces."""
    traces: list[Trace] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="ascii").splitlines():
        if line.startswith("["):
            traces.append(Trace(line.strip("[]")))
        elif "=" in line:
            name, value = (part.strip() for part in line.split("="))
            label, _, part = name.partition(" ")
            if name in ("client", "server"):
                traces[-1].turns.append((("client", "server").index(name), bytes.fromhex(value)))
            elif part:
                traces[-1].keys[label, part] = bytes.fromhex(value)
            else:
                traces[-1].secrets[name] = bytes.fromhex(value)
    return traces


TRACES = read()
