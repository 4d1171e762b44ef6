"""One direction of a TLS 1.3 connection: which of its secrets opens the next record.

Knows the order in which keys follow each other (early, handshake, application, updated; RFC 8446 sections 2.3, 4.6.3
and 7.1) and the three messages after which they change; must not know records on the wire or what messages say.

Plan: the keys in force are tried first. Where they do not fit, later ones are tried from their first record on, so that
a lost Finished, early data that nobody can read and a KeyUpdate in a record that was passed over cost nothing but that
record. After ``MAX_FAILURES`` records in a row that nothing opened, nothing is tried any more.
"""

from __future__ import annotations

from typing import Literal

from tlseku.decryption.cipher_parameters import TLS13, suite_of
from tlseku.decryption.key_schedule import next_traffic_secret
from tlseku.decryption.plaintext import DoesNotFit, Opened, RecordProtection
from tlseku.decryption.record_protection import tls13_records
from tlseku.tls.handshake_types import END_OF_EARLY_DATA, FINISHED, KEY_UPDATE

Phase = Literal["early", "handshake", "application"]


MAX_FAILURES = 512
"""More records than a server that rejects early data must pass over in any common setting (16 KiB of it)."""

MAX_AHEAD = 256
"""How many lost records are made up for by trying. One gap of a full receive window is some tens of records."""

SMALLEST_RECORD = 5 + 1 + 16
"""A header, a byte and a tag: as many records can at most be missing with a number of bytes."""

_ORDER: tuple[Phase, ...] = ("early", "handshake", "application")


class Tls13Direction:
    """Opens what one side sent. A secret that is not known is None; ``cipher_suite`` is a code point.

    ``phase`` and ``generation`` (the number of key updates) tell what is in force. ``opened`` counts records.
    """

    __slots__ = (
        "_ahead",
        "_current",
        "_failures",
        "_next",
        "_secrets",
        "_suite",
        "generation",
        "opened",
        "phase",
    )

    def __init__(
        self,
        cipher_suite: int,
        handshake: bytes | None,
        application: bytes | None,
        early: bytes | None = None,
    ) -> None:
        self._suite = cipher_suite
        self._secrets: dict[Phase, bytes | None] = {
            "early": early,
            "handshake": handshake,
            "application": application,
        }
        self.phase: Phase = "handshake" if early is None else "early"
        self.generation = 0
        self.opened = 0
        self._ahead = 0
        self._failures = 0
        self._current = self._protection(self.phase)
        # What may come next is made when first needed and kept: a misfit must not cost a key derivation each time.
        self._next: dict[tuple[Phase, int], RecordProtection | None] = {}

    def __repr__(self) -> str:
        return f"<Tls13Direction {self.phase} {self.generation}, {self.opened} records opened>"

    @property
    def has_secrets(self) -> bool:
        """Whether any secret is known."""
        return any(secret is not None for secret in self._secrets.values())

    @property
    def lacks_secret(self) -> bool:
        """Whether the secret in force is not known: it may be logged late."""
        return self._current is None

    @property
    def is_blind(self) -> bool:
        """Whether neither the secret in force is known nor one that comes after it."""
        return not any(self._secrets[phase] for phase in _ORDER[_ORDER.index(self.phase) :])

    @property
    def lacks_later(self) -> bool:
        """Whether a secret that comes after the one in force is not known."""
        return self.phase != "application" and self._secrets["application"] is None

    def learn(self, handshake: bytes | None, application: bytes | None, early: bytes | None = None) -> None:
        """Secrets that were not known before. Those that are known already stay."""
        secrets = self._secrets
        if early is not None and secrets["early"] is None and not self.opened and self.phase == "handshake":
            secrets["early"] = early
            self.phase = "early"
        if secrets["handshake"] is None:
            secrets["handshake"] = handshake
        if secrets["application"] is None:
            secrets["application"] = application
        self._next.clear()
        self._current = self._current or self._protection(self.phase)

    @property
    def given_up(self) -> bool:
        """Whether so many records did not fit that no more are tried."""
        return self._failures >= MAX_FAILURES

    def open(self, content_type: int, version: int, fragment: bytes) -> Opened:
        """The content of the next record, with whichever keys fit. Raises ``DoesNotFit``."""
        if self.given_up:
            raise DoesNotFit("too many records did not fit")
        if self._current is not None:
            try:
                return self._fits(self._current.open(content_type, version, fragment, self._ahead))
            except DoesNotFit:
                pass
        for phase, generation in self._candidates():
            protection = self._upcoming(phase, generation)
            if protection is None:
                continue
            try:
                opened = protection.open(content_type, version, fragment, self._ahead)
            except DoesNotFit:
                continue
            self._change(phase, generation, protection)
            return self._fits(opened)
        self._failures += 1
        if self._ahead:
            # One more that the next one may come after.
            self._ahead = min(self._ahead + 1, MAX_AHEAD)
        raise DoesNotFit("no secret of this connection opens the record")

    def skip(self) -> None:
        """Pass over a record without opening it. Not for one that may change the keys."""
        if self._current is not None:
            self._current.skip()

    def lost(self, length: int) -> None:
        """``length`` bytes are missing, and with them an unknown number of records."""
        self._ahead = min(self._ahead + length // SMALLEST_RECORD + 1, MAX_AHEAD)

    def message(self, handshake_type: int) -> None:
        """A handshake message of this direction ended: three types change the keys of what follows."""
        if handshake_type == END_OF_EARLY_DATA and self.phase == "early":
            self._change("handshake", 0, self._upcoming("handshake", 0))
        elif handshake_type == FINISHED and self.phase != "application":
            self._change("application", 0, self._upcoming("application", 0))
        elif handshake_type == KEY_UPDATE and self.phase == "application":
            generation = self.generation + 1
            self._change("application", generation, self._upcoming("application", generation))

    def _candidates(self) -> list[tuple[Phase, int]]:
        if self.phase == "application":
            return [("application", self.generation + 1)]
        return [(phase, 0) for phase in _ORDER[_ORDER.index(self.phase) + 1 :]]

    def _upcoming(self, phase: Phase, generation: int) -> RecordProtection | None:
        key = (phase, generation)
        if key not in self._next:
            if generation:
                self._update()
            self._next[key] = self._protection(phase)
        return self._next[key]

    def _update(self) -> None:
        secret = self._secrets["application"]
        suite = suite_of(self._suite, TLS13)
        if secret is not None and suite is not None:
            self._secrets["application"] = next_traffic_secret(secret, suite)

    def _protection(self, phase: Phase) -> RecordProtection | None:
        secret = self._secrets[phase]
        return None if secret is None else tls13_records(secret, self._suite)

    def _change(self, phase: Phase, generation: int, protection: RecordProtection | None) -> None:
        self.phase = phase
        self.generation = generation
        self._current = protection
        self._next.pop((phase, generation), None)

    def _fits(self, opened: Opened) -> Opened:
        self.opened += 1
        self._failures = 0
        self._ahead = 0
        return opened
