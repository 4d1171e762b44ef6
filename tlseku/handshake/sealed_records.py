"""What the lengths of encrypted records make of TLS 1.3 flows, found once for all that look alike.

Knows which records ``length_hints`` looks at: the first of the client's last flight, and what the server sends after
it; must not know what they mean.

Limits: ``MAX_OUTLINES``; reaching it forgets all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tlseku.handshake.length_hints import ProtectedRecord, after_flight, outline
from tlseku.handshake.message_log import MAX_ENCRYPTED_RECORDS

if TYPE_CHECKING:
    from mypy_extensions import i64

# Outlines that are kept: most flows are of a few lengths.
MAX_OUTLINES = 512

Closer = Literal["client", "server", "unknown"] | None

_FIRST, _AFTER = 1, 2


class SealedRecords:
    """The encrypted records after a ServerHello, as far as an outline depends on them: length and frame of the first of
    the client's last flight and of the server's first one after it (-1: there is none), and how many follow; and
    ``records`` themselves, as many of a side as a message log remembers."""

    __slots__ = (
        "_of_client",
        "_of_server",
        "after",
        "after_frame",
        "after_length",
        "begun",
        "first_frame",
        "first_length",
        "records",
    )

    def __init__(self) -> None:
        self.begun = False
        self.records: list[ProtectedRecord] = []
        self._of_client: i64 = 0
        self._of_server: i64 = 0
        self.first_length: i64 = -1
        self.first_frame: i64 = -1
        self.after: i64 = 0
        self.after_length: i64 = -1
        self.after_frame: i64 = -1

    def add(self, from_client: bool, length: i64, frame: i64) -> None:
        """One more record, in the order of the wire."""
        if from_client:
            self._of_client += 1
        else:
            self._of_server += 1
        if (self._of_client if from_client else self._of_server) <= MAX_ENCRYPTED_RECORDS:
            self.records.append(ProtectedRecord(from_client, length, frame))
        if not self.begun:
            self.begun = not from_client
        elif self.first_length < 0:
            if from_client:
                self.first_length = length
                self.first_frame = frame
        elif not from_client:
            if self.after == 0:
                self.after_length = length
                self.after_frame = frame
            self.after += 1

    def shape(self, cipher: int, closed_frame: int) -> tuple[object, ...]:
        """What ``handshake.outcome`` and ``handshake.acceptance`` make of them, where somebody left in
        ``closed_frame``."""
        records = self.records
        after = after_flight(records, cipher)
        if after is None:
            own = any(each.from_client and each.frame <= closed_frame for each in records)
            return (own, any(not each.from_client for each in records))
        alert = after.server_alert
        return (
            after.only_finished,
            len(after.client_data) > 0,
            len(after.server_data) > 0,
            len(after.server_words) > 0,
            alert is not None and records[alert].frame <= closed_frame,
        )


class Outlines:
    """Makes and keeps outlines."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[object, ...]] = {}

    def of(
        self, records: SealedRecords, cipher: int, plain: bool, closed_by: Closer, frames: list[int]
    ) -> tuple[object, ...]:
        """What is said of a flow, with the places in ``frames`` of the frames that hints rest on. Those that are not
        among them (-1) go to its end. ``plain`` and ``closed_by`` are as ``handshake.outcome`` asks for them."""
        after = min(records.after, 2)
        key = cipher, plain, closed_by, records.first_length, after, records.after_length
        said = self._kept.get(key)
        if said is None:
            if len(self._kept) >= MAX_OUTLINES:
                self._kept.clear()
            said = self._kept[key] = _said(records, cipher, plain, closed_by)
        hints = said[2:]
        if not hints:
            return said
        placed: list[object] = [said[0], said[1]]
        for each in hints:
            if each != _FIRST and each != _AFTER:
                placed.append(each)
                continue
            frame: int = records.first_frame if each == _FIRST else records.after_frame
            placed.append(frames.index(frame) if frame in frames else -1)
            frames.append(frame)
        return tuple(placed)


def _said(records: SealedRecords, cipher: int, plain: bool, closed_by: Closer) -> tuple[object, ...]:
    """Outcome, basis, and of each hint its text and the records whose frames it rests on."""
    sealed: list[ProtectedRecord] = []
    if records.begun:
        sealed.append(ProtectedRecord(False, 0, 0))
    if records.first_length >= 0:
        sealed.append(ProtectedRecord(True, records.first_length, _FIRST))
    for number in range(min(records.after, 2)):
        sealed.append(ProtectedRecord(False, records.after_length, _AFTER + number))
    seen = outline(sealed, cipher, may_hint_at_certificate=plain, closed_by=closed_by)
    said: list[object] = [seen.outcome, seen.basis]
    for hint in seen.hints:
        said.append(hint.text)
        said += hint.frames
    return tuple(said)
