"""One large capture, read in several processes by ranges of its bytes, as if one had read it.

Knows what parts report of themselves; must not know how they are read, nor what is said of flows. This process reads
the first part and hands its flows on at once. Behind its end every part goes on with the connections that it has open,
and what the parts behind it made of these is dropped: from the middle of a connection they cannot know better. Where
another connection takes over addresses and ports, a part that has seen it begin in the same frame goes on with it.

Nothing else passes from one connection to another but limits, the clock and fragments of datagrams. If any of these may
have had a say at a border, or anything does not fit, this process reads on alone, from where it is or once more from
the beginning: what was handed on until then is right in any case, since it is the beginning of that.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import IO

from tlseku._objects import frozen
from tlseku.flow import DAMAGED_CAPTURE, Flow, Summary
from tlseku.handshake.begin_order import held_bytes
from tlseku.handshake.engine import LIMITS
from tlseku.handshake.range_notes import CUT, UNKNOWN, Behind, Seen, skipped_together
from tlseku.handshake.vantage import VantageFinder
from tlseku.parallel.range_files import Written, read_index, text_of
from tlseku.parallel.range_process import Finish, Finished, Part, finish_of
from tlseku.parallel.range_run import Followed, Found, RangeRun, Report, batches_of

_BUFFER = 1 << 20

# Bytes of a connection with streams of which nothing is recorded.
_MOST_OF_ONE = 3500


@frozen
class Joined:
    """A flow that is over, with its ``number`` and ``tcp_stream`` in the whole capture and its ``held_bytes``: the
    ``flow`` of this process, or what a part wrote of it."""

    number: int
    tcp_stream: int
    held: int
    flow: Flow | None
    text: bytes = b""


class NotEqual(Exception):
    """What the parts have found cannot be joined. ``str()`` says why."""


class OneFile:
    """The flows of one capture. ``finder`` is told of all hosts batch by batch, as that of a scan is. At the end
    ``summary`` and ``warnings`` hold, and ``why_not`` says why this process read it alone, if so.

    ``first`` reads the part in front of all ``parts``, ``again`` makes a run that reads all: ``run`` is either.
    """

    def __init__(self, first: RangeRun, parts: Sequence[Part], again: Callable[[], RangeRun]) -> None:
        self.finder = VantageFinder()
        self.summary = Summary()
        self.warnings: tuple[str, ...] = ()
        self.why_not = ""
        self.run = first
        self._parts = parts
        self._again = again
        self._hosts_told = 0

    def joined(self) -> Iterator[Joined]:
        """The flows, in the order in which they end. Raises CaptureError where reading alone does."""
        handed_on = 0
        for found in self.run.run():
            yield from self._of_this(found)
            handed_on += len(found)
        try:
            reports = [self.run.report(), *(part.report() for part in self._parts)]
            _check_reports(reports)
        except (Finished, NotEqual) as reason:
            yield from self._alone(reason)
            return
        try:
            ours, borders = self._follow(reports)
        except (Finished, NotEqual) as reason:
            if self.run.notes.follows:
                # The engine passes over what is new now: once more from the beginning.
                self.run.close()
                self.run = self._again()
                self._hosts_told = 0
            else:
                handed_on = 0
            yield from self._alone(reason, handed_on)
            return
        yield from self._rest(reports, ours, borders)

    def _of_this(self, found: list[Found]) -> Iterator[Joined]:
        """What ended in a batch that this process has read, and as its only reader."""
        hosts = self.run.hosts
        for _, those in hosts[self._hosts_told :]:
            self.finder.only(those)
        self._hosts_told = len(hosts)
        for each in found:
            self.finder.flow(each.ending.key)
        for each in found:
            yield _of_this(each, each.ending.number, each.ending.tcp_stream)

    def _alone(self, reason: Exception, handed_on: int = 0) -> Iterator[Joined]:
        self.why_not = str(reason) or "a process ended before it should"
        for found in self.run.run_on():
            for each in self._of_this(found):
                if handed_on:
                    handed_on -= 1
                else:
                    yield each
        self.run.close()
        self.summary, self.warnings = self.run.summary, self.run.warnings

    def _follow(self, reports: Sequence[Report]) -> tuple[list[Found], _Borders]:
        """Let each part go on with what it has open; what ended of the first one, and what of the others is wrong."""
        borders = _Borders(len(reports))
        ours: list[Found] = []
        recorded = 0
        for index, report in enumerate(reports[:-1]):
            open_keys = borders.those_right(index, report.open_keys)
            seen = [part.seen(report.former_keys.union(open_keys)) for part in self._parts[index:]]
            if any(not report.former_keys.difference(open_keys).isdisjoint(each) for each in seen):
                raise NotEqual("addresses and ports are used again after a while")
            keys = {key: _behind(key, seen) for key in open_keys}
            if index == 0:
                for found in self.run.go_on(keys):
                    ours += found
                followed = self.run.followed()
            else:
                followed = self._parts[index - 1].go_on(keys)
            _check_followed(index, reports, followed)
            recorded += followed.recorded
            if recorded + reports[index + 1].recorded > LIMITS.recorded:
                raise NotEqual("too much is recorded")
            borders.add(index, keys, followed)
        for index in range(len(reports)):
            behind = [batch for report in reports[index + 1 :] for batch in batches_of(report.batches)]
            if index == 0:
                for found in self.run.finish(behind):
                    ours += found
                borders.finished.append(finish_of(self.run))
                continue
            finish = self._parts[index - 1].finish(behind)
            if finish.limited:
                raise NotEqual("a limit was reached")
            borders.finished.append(finish)
            borders.wrong_flows(index, self._parts[index - 1].seen(borders.keys))
        return ours, borders

    def _rest(self, reports: Sequence[Report], ours: list[Found], borders: _Borders) -> Iterator[Joined]:
        """What ended behind the first part, in the order in which it ended, numbered anew."""
        hosts = [each for report in reports[1:] for each in report.hosts]
        streams: list[Iterator[_Placed]] = [_placed(0, ours)]
        streams += [_placed(index + 1, read_index(part.index)) for index, part in enumerate(self._parts)]
        told = 0
        with ExitStack() as files:
            texts = [files.enter_context(open(part.texts, "rb", buffering=_BUFFER)) for part in self._parts]
            for batch, group in groupby(heapq.merge(*streams, key=_order), attrgetter("batch")):
                in_batch = [each for each in group if not borders.is_wrong(each)]
                while told < len(hosts) and hosts[told][0] <= batch:
                    self.finder.only(hosts[told][1])
                    told += 1
                for each in in_batch:
                    self.finder.flow(each.found.ending.key)
                for each in in_batch:
                    yield _joined(each, borders.number(each), borders.tcp_stream(each), texts)
        for _, those in hosts[told:]:
            self.finder.only(those)
        self._sum_up(reports, borders)

    def _sum_up(self, reports: Sequence[Report], borders: _Borders) -> None:
        skipped = [
            {**report.skipped, CUT: finish.cut - borders.cut[index]}
            for index, (report, finish) in enumerate(zip(reports, borders.finished, strict=True))
        ]
        self.warnings = tuple(warning for report in reports for warning in report.warnings)
        self.summary = replace(
            self.run.summary,
            packets=sum(report.summary.packets for report in reports),
            bytes=max(report.summary.bytes for report in reports),
            skipped=skipped_together(skipped),
            connections=sum(report.summary.connections for report in reports) - borders.connections,
            flows=borders.flows,
            damage=(DAMAGED_CAPTURE,) if self.warnings else (),
            limits=_sum_of(self.run.summary.limits, borders.limits),
        )


@frozen
class _Placed:
    """A flow of the part ``index``."""

    index: int
    batch: int
    found: Found | Written


class _Borders:
    """What parts have made of connections that began in front of them, and which flows are left of each.

    ``keys`` are those of such connections, ``connections`` how many too many were counted for them, ``cut`` how many
    segments of them each part counts. ``finished`` is to be filled.
    """

    def __init__(self, parts: int) -> None:
        # By key: the part whose connection it is behind its end, since when and until when another one takes over.
        self.keys: dict[bytes, list[tuple[int, int, int]]] = {}
        self.connections = 0
        self.cut = [0] * parts
        self.finished: list[Finish] = []
        self._wrong: list[set[int]] = [set() for _ in range(parts)]
        self._limits: dict[str, int] = {}
        self._wrong_streams: list[set[int]] = [set() for _ in range(parts)]
        self._right: list[_Counted] = []
        self._right_streams: list[_Counted] = []

    def those_right(self, index: int, open_keys: Mapping[bytes, int]) -> dict[bytes, int]:
        """Those of the connections open behind the part ``index`` that are not older than it."""
        return {key: frame for key, frame in open_keys.items() if not self._is_older(index, key, frame)}

    def add(self, index: int, keys: Mapping[bytes, Behind], followed: Followed) -> None:
        """Behind the part ``index`` these ``keys`` of its connections were still in use, and that became of them."""
        self.connections -= followed.begun
        for key, behind in keys.items():
            if behind.begun:
                until = followed.handed_over.get(key, UNKNOWN)
                self.connections += sum(
                    frame < until for frame in behind.begun if not self._is_older(index, key, frame)
                )
                self.keys.setdefault(key, []).append((index, min(behind.begun), until))

    def wrong_flows(self, index: int, seen: Mapping[bytes, Seen]) -> None:
        """Take note of what the part ``index`` made of connections that are older."""
        for key, what in seen.items():
            self._wrong[index].update(
                number for number, first in what.numbers if self._is_older(index, key, first)
            )
            for limit, first in what.limits:
                if self._is_older(index, key, first):
                    self._limits[limit] = self._limits.get(limit, 0) - 1
            self._wrong_streams[index].update(
                number for number, first in what.streams if self._is_older(index, key, first)
            )
            self.cut[index] += sum(count for count, first in what.cut if self._is_older(index, key, first))

    @property
    def flows(self) -> int:
        """How many flows count."""
        return sum(len(places) for places, _ in self._flows())

    def _flows(self) -> list[_Counted]:
        if not self._right:
            self._right = [
                _right(each.numbered_at, each.numbered_first, wrong, 1)
                for each, wrong in zip(self.finished, self._wrong, strict=True)
            ]
        return self._right

    def _streams(self) -> list[_Counted]:
        if not self._right_streams:
            self._right_streams = [
                _right(each.streamed_at, each.streamed_first, wrong, 0)
                for each, wrong in zip(self.finished, self._wrong_streams, strict=True)
            ]
        return self._right_streams

    @property
    def limits(self) -> dict[str, int]:
        """How often connections of the parts behind the first reached limits of their own."""
        sums = dict(self._limits)
        for finish in self.finished[1:]:
            for limit, times in finish.limits.items():
                sums[limit] = sums.get(limit, 0) + times
        return {limit: times for limit, times in sums.items() if times}

    def is_wrong(self, placed: _Placed) -> bool:
        """Whether a flow does not count."""
        return placed.found.ending.number in self._wrong[placed.index]

    def number(self, placed: _Placed) -> int:
        """The number of a flow in the whole capture."""
        finish, at = self.finished[placed.index], placed.found.ending.number - 1
        return 1 + _before(self._flows(), finish.numbered_at[at], finish.numbered_first[at])

    def tcp_stream(self, placed: _Placed) -> int:
        """The number of Wireshark's of a flow in the whole capture."""
        finish, at = self.finished[placed.index], placed.found.ending.tcp_stream
        return _before(self._streams(), finish.streamed_at[at], finish.streamed_first[at])

    def _is_older(self, index: int, key: bytes, frame: int) -> bool:
        """Whether what the part ``index`` saw begin in ``frame`` had begun in a part before it."""
        return any(part < index and since <= frame < until for part, since, until in self.keys.get(key, ()))


def _sum_of(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *other)}


_Counted = tuple["array[int]", "array[int]"]


def _right(places: array[int], firsts: array[int], wrong: set[int], first_number: int) -> _Counted:
    """Of what was numbered those that count: the places at which that was, and where the connections began."""
    right = [at for at in range(len(places)) if at + first_number not in wrong]
    return array("q", [places[at] for at in right]), array("q", [firsts[at] for at in right])


def _before(counted: Sequence[_Counted], place: int, first: int) -> int:
    """How many were numbered before what got its number at a place."""
    number = 0
    for places, firsts in counted:
        low = bisect_left(places, place)
        # Those that got a number with it are few, but for those at the end of the capture.
        number += bisect_left(firsts, first, low, bisect_right(places, place, low))
    return number


def _behind(key: bytes, seen: Sequence[Mapping[bytes, Seen]]) -> Behind:
    """What the parts behind a border have seen of a key."""
    found = [each[key] for each in seen if key in each]
    # Where Wireshark counts no stream, its number is that of before, which only the part in front knows.
    counted = {first for each in found for _, first in each.streams}
    frames = tuple(frame for each in found for frame in each.begun)
    taken = tuple(frame for frame in frames if frame in counted)
    return Behind(max((each.last for each in found), default=0), frames, taken)


def _placed(index: int, flows: Iterator[Written] | Sequence[Found]) -> Iterator[_Placed]:
    for each in flows:
        yield _Placed(index, each.batch, each)


def _order(placed: _Placed) -> tuple[int, int]:
    return placed.found.ending.place, placed.found.ending.first_frame


def _joined(placed: _Placed, number: int, tcp_stream: int, texts: Sequence[IO[bytes]]) -> Joined:
    found = placed.found
    if isinstance(found, Found):
        return _of_this(found, number, tcp_stream)
    return Joined(number, tcp_stream, found.held, None, text_of(texts[placed.index - 1], found))


def _of_this(found: Found, number: int, tcp_stream: int) -> Joined:
    return Joined(number, tcp_stream, held_bytes(found.flow), found.flow)


def _check_reports(reports: Sequence[Report]) -> None:
    """Raises NotEqual if the parts may have had a say in each other."""
    for index, report in enumerate(reports):
        if report.why_not:
            raise NotEqual(report.why_not)
        there = sum(each.bytes_open for each in reports[:index])
        if there + report.bytes > LIMITS.bytes and _may_be_missed(report.farthest_stray, reports):
            raise NotEqual("there are too many connections")
        if index and report.recorded > LIMITS.recorded:
            raise NotEqual("too much is recorded")
    if sum(report.held for report in reports) > LIMITS.held // 2:
        raise NotEqual("too much waits behind holes")


def _check_followed(index: int, reports: Sequence[Report], followed: Followed) -> None:
    """Raises NotEqual if what a part followed behind it may have been different without the others."""
    if not followed.is_orderly:
        raise NotEqual("its time leaps")
    behind = reports[index + 1 :]
    if followed.held + sum(report.held for report in behind) > LIMITS.held // 2:
        raise NotEqual("too much waits behind holes")
    for frame, since in followed.strays:
        begun = since + sum(bisect_right(report.begun_at, frame) for report in behind)
        if _may_be_missed(begun, reports):
            raise NotEqual("there are too many connections")


def _may_be_missed(begun: int, reports: Sequence[Report]) -> bool:
    """Whether one that is over, since whose beginning so many others have begun, may have been removed for want of room
    in one reading."""
    unended = sum(report.unended for report in reports)
    return (begun + unended) * _MOST_OF_ONE + LIMITS.recorded > LIMITS.bytes
