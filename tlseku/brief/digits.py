"""Numbers as decimal digits in ASCII, appended to a ``BytesWriter``.

Knows numbers and frames; must not know what they count. Where this is compiled, a ``BytesWriter`` takes text at a tenth
of the price of joining strings, and digits one by one from a table that fits in the nearest cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from librt.strings import BytesWriter

from tlseku.tls.frame_reference import FRAME_MASK

if TYPE_CHECKING:
    from mypy_extensions import i64

# The three digits of all numbers below 1000, in a row.
_THREE: Final = b"".join([b"%03d" % number for number in range(1000)])


def write_number(out: BytesWriter, number: i64) -> None:
    """Append a number that is not negative."""
    if not _IS_COMPILED:
        out.write(b"%d" % number)
    elif number < 1000:
        at: i64 = number * 3
        if number >= 100:
            out.append(_THREE[at])
        if number >= 10:
            out.append(_THREE[at + 1])
        out.append(_THREE[at + 2])
    else:
        thousands: i64 = number // 1000
        write_number(out, thousands)
        write_three(out, number - thousands * 1000)


def write_three(out: BytesWriter, number: i64) -> None:
    """Append a number below 1000 with three digits."""
    if not _IS_COMPILED:
        out.write(b"%03d" % number)
        return
    at: i64 = number * 3
    out.append(_THREE[at])
    out.append(_THREE[at + 1])
    out.append(_THREE[at + 2])


# A compiled function has no bytecode.
_IS_COMPILED: Final = not hasattr(write_number, "__code__")


def write_frames(out: BytesWriter, references: tuple[int, ...]) -> None:
    """Append the frames that carried a message, each once and in order, with commas between them."""
    frame: i64 = 0
    previous: i64 = -1
    for frame in references:
        if frame <= previous:
            # They did not come in order.
            numbers = [str(each & FRAME_MASK) for each in sorted(set(references))]
            out.write(",".join(numbers).encode("ascii"))
            return
        previous = frame
    previous = -1
    for frame in references:
        if previous >= 0:
            out.write(b",")
        write_number(out, frame & FRAME_MASK)
        previous = frame
