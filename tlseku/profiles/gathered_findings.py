"""What a profile finds again and again, once, while flows still come.

Knows findings; must not know profiles or rules. Many clients are found the same of, and a finding as an object takes
six hundred bytes: until all flows are there, each is as little more than its text.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from tlseku.profiles.findings import FindingLevel, Place, ProfileFinding

MOST_EVIDENCE = 10
"""Frames of one finding that are kept."""

_KIND: Final = Struct("<I")
_PLACE: Final = Struct("<IQQ")
"""The number of a file, a frame, a flow."""

# Lone surrogates, too: what a certificate says may be anything.
_ENCODING: Final = "utf-8", "surrogatepass"


class GatheredFindings:
    """Findings that are of the same level and by the same rules, and say the same of the same one, are one, with the
    places of the first ``MOST_EVIDENCE``."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._kinds: dict[tuple[FindingLevel, tuple[str, ...]], int] = {}
        self._cures: dict[str | None, int] = {}
        # What to do, and the places, by the kind, whom it is about, and what is said.
        self._found: dict[bytes, bytes] = {}

    def add(self, one: ProfileFinding) -> None:
        """One more."""
        kind = self._kinds.setdefault((one.level, one.rules), len(self._kinds))
        key = _KIND.pack(kind) + f"{one.who}\0{one.text}".encode(*_ENCODING)
        known = self._found.get(key)
        if known is None:
            known = _KIND.pack(self._cures.setdefault(one.to_do, len(self._cures)))
        elif len(known) >= _KIND.size + MOST_EVIDENCE * _PLACE.size:
            return
        for file, frame, flow in one.evidence:
            known += _PLACE.pack(self._files.setdefault(file, len(self._files)), frame, flow)
        self._found[key] = known

    def take_all(self) -> list[ProfileFinding]:
        """All of them, in the order in which they came first; none is left."""
        files, kinds, cures = list(self._files), list(self._kinds), list(self._cures)
        taken = []
        while self._found:
            key, known = self._found.popitem()
            level, rules = kinds[_KIND.unpack_from(key)[0]]
            who, text = key[_KIND.size :].decode(*_ENCODING).split("\0", 1)
            places = _PLACE.iter_unpack(known[_KIND.size :])
            evidence = tuple([Place(files[file], frame, flow) for file, frame, flow in places])
            to_do = cures[_KIND.unpack_from(known)[0]]
            taken.append(ProfileFinding(level, rules, who, text, to_do, evidence))
        taken.reverse()
        return taken
