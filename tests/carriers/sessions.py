"""A session that keeps what a carrier tells it, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from tlseku.carriers.outer import Outer


@dataclass
class Told:
    """``TlsSession`` whose verbs become rows of ``said``: the verb and what it was given, without frames and times."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        self.said.append(("data", side, data))

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        self.said.append(("gap", side, length, reason))

    def defect(self, side: int, reason: str, frame: int) -> None:
        self.said.append(("defect", side, reason))

    def tell(self, outer: Outer) -> None:
        self.said.append(("tell", outer))

    def client_is(self, side: int) -> None:
        self.said.append(("client_is", side))

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        self.said.append(("ended", how, side))
