"""What processes make of the flows of captures, in the order in which these begin, as one process would read them.

Knows what of a flow is known only where all processes are: its number, and at first from where it is seen; must not
know what is made. Flows of a capture are numbered from ``base`` on. As long as it is not decided from where they are
seen (``vantage_in_turn``), they go on as flows, and whoever asked makes of them what is asked: these are few.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple, Protocol, cast

from tlseku._objects import frozen
from tlseku.encoding.trees import from_bytes, to_bytes
from tlseku.flow import Flow
from tlseku.handshake.begin_order import BeginOrder, held_bytes
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.pieces import MOST_FLOWS, FlowPacker
from tlseku.parallel.urls import Place
from tlseku.parallel.vantage_in_turn import Step, Steps
from tlseku.parallel.workers import handing_back
from tlseku.scanning import ScanOptions

_GROWS = 8
"""Times as many flows as in the piece before: whoever takes them has little to do for each, and more for a piece."""

_LENGTH = 4


class Maker(Protocol):
    """Makes something of flows, in whichever process."""

    def made(self, flows: Sequence[Flow]) -> Sequence[bytes]:
        """What is made of these flows, hundreds at a time; in parts, since it may be megabytes."""
        ...


@frozen
class Asked:
    """What is to be made, all of which can be pickled: ``making`` makes what makes it (None: flows are wanted as they
    are), of those flows that are ``wanted``; whether one of them ``has_finding`` is told, too."""

    making: Callable[[], Maker] | None = None
    wanted: Callable[[Flow], bool] | None = None
    has_finding: Callable[[Flow], bool] | None = None


class Counted(NamedTuple):
    """Of flows that were looked at: how many of those that are wanted have which verdicts (``Flow.verdicts``); how many
    others hide something; whether there is a finding."""

    verdicts: Mapping[tuple[str, ...], int]
    hidden_left_out: int = 0
    found: bool = False


class Made(NamedTuple):
    """What was made of flows, whose numbers are too small by ``before`` (which may be negative)."""

    data: memoryview
    before: int
    counted: Counted


class Told(NamedTuple):
    """A piece: how many of its flows are ``late``, the largest number so far, what the capture says of the vantage, how
    many bytes of flows have ended in it, what is ``made``, or of which ``packed`` flows it is to be made."""

    late: int
    last: int
    steps: Sequence[Step]
    held: int
    made: tuple[memoryview, Counted] | None
    packed: bytes


def make(
    asked: Asked, maker: Maker, flows: Sequence[Flow], vantage: Vantage
) -> tuple[Sequence[bytes], Counted]:
    """What is asked of these flows, as seen from ``vantage``."""
    if vantage:
        flows = [with_vantage(flow, vantage) for flow in flows]
    chosen, counted = _counted(asked, flows)
    return maker.made(chosen), counted


def _counted(asked: Asked, flows: Sequence[Flow]) -> tuple[Sequence[Flow], Counted]:
    left_out, wanted = 0, asked.wanted
    if wanted is not None:
        chosen = [flow for flow in flows if wanted(flow)]
        if len(chosen) < len(flows):
            left_out = sum([bool(flow.hidden) for flow in flows]) - sum(
                [bool(flow.hidden) for flow in chosen]
            )
        flows = chosen
    counts: dict[tuple[str, ...], int] = {}
    for flow in flows:
        view = flow.view
        verdicts = view.verdicts if isinstance(view, FlowOfKind) else flow.verdicts
        counts[verdicts] = counts.get(verdicts, 0) + 1
    found = asked.has_finding is not None and any(map(asked.has_finding, flows))
    return flows, Counted(counts, left_out, found)


@frozen
class InOrderOf:
    """Makes pieces that ``read_told`` reads; flows of each capture count from ``base`` + 1."""

    options: ScanOptions
    asked: Asked
    base: int

    def __call__(self) -> _Pieces:
        return _Pieces(self)


class _Pieces:
    """Listens for the words of the vantage, unless it was given."""

    def __init__(self, work: InOrderOf) -> None:
        self._reader = CaptureReader(work.options)
        self._packer = FlowPacker()
        self._work = work
        self._maker = None if work.asked.making is None else work.asked.making()
        # Flows come as seen from a vantage that was given.
        self._vantage = Vantage() if work.options.local else None

    @property
    def waits(self) -> bool:
        """Whether it is not known from where flows are seen."""
        return self._vantage is None

    def hear(self, told: object) -> None:
        """The words of the vantage."""
        self._vantage = Vantage(cast("tuple[str, ...]", told))

    def __call__(self, place: Place) -> Generator[bytes, None, Ending]:
        endings: list[Ending] = []
        base = self._work.base
        order: BeginOrder[Flow] = BeginOrder(None, first_number=base + 1)
        steps = Steps()
        late, held, most = 0, list[Flow](), 1
        for ended in handing_back(self._reader.ended(place, base), endings.append):
            if self._vantage is None and ended:
                steps.batch(self._reader.finder, sum([held_bytes(flow) for flow in ended]))
            held += [flow for flow, _ in order.take(ended)]
            if len(held) >= most:
                yield self._piece(held, order.late - late, steps)
                held, late, most = [], order.late, min(_GROWS * most, MOST_FLOWS)
        held += [flow for flow, _ in order.rest()]
        if held:
            yield self._piece(held, order.late - late, steps)
        return endings[0]

    def _piece(self, flows: list[Flow], late: int, steps: Steps) -> bytes:
        counted: tuple[object, ...] | None = None
        if self._maker is None or self._vantage is None:
            data: Sequence[bytes] = (self._packer.packed(flows),)
        else:
            data, (verdicts, left_out, found) = make(self._work.asked, self._maker, flows, self._vantage)
            counted = tuple([each for item in verdicts.items() for each in item]), left_out, found
        last = max([flow.number for flow in flows]) - self._work.base
        head = to_bytes((late, last, tuple(steps.take_new()), steps.held, counted))  # type: ignore[arg-type]
        return b"".join((len(head).to_bytes(_LENGTH, "little"), head, *data))


def read_told(piece: bytes) -> Told:
    """What a piece tells."""
    begin = _LENGTH + int.from_bytes(piece[:_LENGTH], "little")
    late, last, steps, held, counted = cast(
        "tuple[int, int, tuple[Step, ...], int, tuple[tuple[tuple[str, ...] | int, ...], int, bool] | None]",
        from_bytes(piece[_LENGTH:begin]),
    )
    if counted is None:
        return Told(late, last, steps, held, None, piece[begin:])
    told, left_out, found = counted
    verdicts = cast("dict[tuple[str, ...], int]", dict(zip(told[::2], told[1::2], strict=True)))
    return Told(late, last, steps, held, (memoryview(piece)[begin:], Counted(verdicts, left_out, found)), b"")
