"""``tlseku.profiles.expressway.logs.candidates``: whole blocks searched, held against a reader that looks at each line."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.profiles.expressway.archive.test_lines import Pieces
from tests.profiles.expressway.logs.first_lines import starts_event
from tlseku.profiles.expressway.archive.lines import LONGEST_LINE, text_lines
from tlseku.profiles.expressway.logs import log_fields
from tlseku.profiles.expressway.logs.candidates import parted
from tlseku.profiles.expressway.logs.event_stream import MOST_JOINED, LogReader
from tlseku.profiles.expressway.logs.log_event import LogEvent, event_of
from tlseku.profiles.expressway.logs.log_fields import Piece

PREFIX = "2026-03-24T11:54:26.106+00:00 edge tvcs: "


def slow_pieces(line: str) -> list[Piece]:
    """Token by token, whatever the line looks like."""
    return list(log_fields._each_piece(line))


def goes_on(event: str, line: str) -> bool:
    """As the documentation of the reader says it."""
    if not line or line[0].isspace() or log_fields.prefix_of(line):
        return False
    *_, last = pieces = slow_pieces(event)
    if last.unclosed:
        return True
    here = [piece for piece in slow_pieces(line) if piece.pairs]
    own = {key.lower() for piece in pieces for key, _ in piece.pairs}
    new = {key.lower() for piece in here for key, _ in piece.pairs}
    return bool(own) and bool(new) and line.startswith(here[0].pairs[0][0] + '="') and own.isdisjoint(new)


def slow_reader(log: bytes, longest: int) -> tuple[list[LogEvent], int, int]:
    """The events, the lines, and those before the first event: a line at a time, each looked at in full."""
    events: list[LogEvent] = []
    open_line: tuple[int, str, bool, int] | None = None
    number = skipped = more = 0

    def conclude() -> Iterator[LogEvent]:
        if open_line is not None:
            pieces = slow_pieces(open_line[1])
            for at, piece in enumerate(pieces, 1):
                yield event_of(piece, open_line[0], open_line[2], more if at == len(pieces) else 0)

    for number, line, cut in text_lines(io.BytesIO(log), "log", longest):
        if starts_event(line) and not (
            open_line is not None
            and more == 0
            and open_line[3] < MOST_JOINED
            and len(open_line[1]) + len(line) < longest
            and goes_on(open_line[1], line)
        ):
            events += conclude()
            open_line, more = (number, line, cut, 0), 0
        elif open_line is None:
            skipped += 1
        elif (
            more == 0
            and open_line[3] < MOST_JOINED
            and len(open_line[1]) + len(line) < longest
            and goes_on(open_line[1], line)
        ):
            open_line = (
                open_line[0],
                f"{open_line[1].rstrip()} {line}",
                open_line[2] or cut,
                open_line[3] + 1,
            )
        else:
            more += 1
    return [*events, *conclude()], number, skipped


def hold(log: bytes, piece: int = 1 << 16, longest: int = LONGEST_LINE) -> list[LogEvent]:
    reader = LogReader(
        Pieces([log[at : at + piece] for at in range(0, len(log), piece)]), "log", longest_line=longest
    )
    found = list(reader)
    assert (found, reader.lines, reader.skipped_lines) == slow_reader(log, longest)
    return found


LINES = (
    *("", " ", "x", "|", " |INVITE sip:x SIP/2.0", "SIPMSG:", "|OPTIONS sip:x SIP/2.0", "a=b", "\t"),
    *('Authorization: Digest realm="x", nonce="y"', ' Contact: <sip:a>;+sip.instance="<urn:x>"'),
    *('Event="x"', ' Event="x"', '="x"', 'x="', 'Detail="more', 'Src-ip="1.2.3.4"', 'b="c" Event="x"', '"'),
    *("2026-03-24T", "2026-03-24T11:54:26", " " + PREFIX, "x " + PREFIX, "\u06622026-03-24T11:54:26 h p: x"),
    *('\u00a0Event="x"', '\x1cEvent="x"', "\r", "\x0b", '\u2028Event="x"', "\u2028", 'é="x" Event="y"'),
    *(
        PREFIX,
        PREFIX + "x",
        PREFIX + 'Event="x"',
        PREFIX + 'Detail="open',
        PREFIX + r'Detail="a\"b" Event="y"',
    ),
    *(PREFIX + 'Event="x" UTCTime="2026-03-24 11:54:26,106" ' + 'Event="y"', PREFIX + PREFIX + 'Event="x"'),
    *(PREFIX + 'a="1" stray " Event="x"', PREFIX + 'a="1" A="2"', PREFIX + 'é="1" 1b="2" -c="3" d.e="4"'),
    PREFIX + "Module=\"developer.ssl\" bServer=\"true\" localAddress=\"['IPv4''TCP''10.0.0.1:7001']\"",
    PREFIX
    + 'Module="network.sip" Level="DEBUG":  Action="Sent" Local-ip="10.0.0.1" Local-port="1" Dst-ip="::1"',
    PREFIX + 'Event="Inbound TLS Negotiation Error" Detail="sslv3 alert unsupported certificate" 11:54:26',
    PREFIX + f'{"k" * 64}="1" {"k" * 65}="2"',
    "2026-03-24T11:54:27.106Z core ssh[12]: connect to host edge port 2222: refused",
)


@given(st.lists(st.sampled_from(LINES), max_size=30), st.sampled_from(("\n", "\r\n")), st.integers(1, 200))
@example([PREFIX + 'Event="x"', *['y="z"'] * 12], "\n", 64)
def test_blocks_say_what_lines_say(lines: list[str], end: str, piece: int) -> None:
    hold(end.join(lines).encode("utf-8", "surrogateescape"), piece)


@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(1, 90), st.sampled_from((40, 60, 90)))
def test_also_where_lines_are_cut(lines: list[str], piece: int, longest: int) -> None:
    hold("\n".join(lines).encode("utf-8", "surrogateescape"), piece, longest)


@given(st.binary(max_size=300))
def test_any_bytes(log: bytes) -> None:
    hold(log, 50)


def test_hostile_logs(seeded: random.Random) -> None:
    tokens = ['"', "\\", "\n", " ", "=", '="', 'Event="', "Event", PREFIX, "\n" + PREFIX, "'", ":", "\r", "é"]
    for _ in range(150):
        log = list("\n".join(seeded.choices(LINES, k=20)))
        for _ in range(seeded.randint(1, 12)):
            place = seeded.randrange(len(log))
            log[place : place + seeded.randint(0, 4)] = seeded.choice(tokens)
        hold("".join(log).encode("utf-8", "surrogateescape"), seeded.choice((7, 100, 1 << 16)))


def test_a_log_with_bodies() -> None:
    body = "".join(f" Via: SIP/2.0/TLS 10.0.0.{at};branch=x\n" for at in range(20))
    log = "".join(f'{PREFIX}Module="network.sip" Action="Sent" n="{at}"\n{body}' for at in range(300))
    found = hold(log.encode(), 1000)
    assert [one.continuation_lines for one in found] == [20] * 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n\n", []),
        (' Event="x"\n\tEvent="x"', []),
        ('a\nEvent="x"\nb', [2]),
        ("2026-03-24T\nx\n2026-03-24Tx", [0, 14]),
        (" 2026-03-24T\n2026-03-2T", []),
        ('a="1"\n b="2"\nc d="3"', [0, 13]),
        ("\u06622026-03-24T", []),
        ('\n="x"\n\x1c="x"', [1]),
    ],
)
def test_parts(text: str, expected: list[int]) -> None:
    parts = parted(text)
    assert "\n".join(parts) == text
    begins = [0, *accumulate(len(part) + 1 for part in parts[:-1])]
    # Of the first nobody knows.
    assert begins[1:] == [at for at in expected if at]
