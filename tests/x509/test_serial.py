"""``tlseku.x509.serial``: serial numbers compared as integers, near misses as hints only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.x509.serial import near_miss, read_serial

WEBEX = 0x2F0000004C869C77C8981BECDE00000000004C
RICKY = 0x46DF76AA000000000029


@pytest.mark.parametrize(
    "text",
    [
        "46:df:76:aa:00:00:00:00:00:29",
        "46df76aa000000000029",
        "46DF76AA000000000029",
        "0x46df76aa000000000029",
        "0X46DF76AA000000000029",
        "46-df-76-aa-00-00-00-00-00-29",
        "46 df 76 aa 00 00 00 00 00 29",
        " 00:46:df:76:aa:00:00:00:00:00:29\n",
        "serial=46DF76AA000000000029",
        "Serial Number: 46:df:76:aa:00:00:00:00:00:29",
        "\u200e46df76aa000000000029",
        "\u200e46 df 76 aa 00 00 00 00 00 29\u200e",
        "\ufeff\u00ad46df76aa000000000029",
        "'46df76aa000000000029'",
        '"46:df:76:aa:00:00:00:00:00:29"',
        "\u201c46df76aa000000000029\u201d",
        'serial="46DF76AA000000000029"',
    ],
)
def test_spellings_of_one_serial(text: str) -> None:
    found = read_serial(text)
    assert found is not None
    assert (found.value, found.warning) == (RICKY, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("00", 0), ("-1", -1), ("-0x1f", -31), ("-1F", -31), ("ff" * 21, 2**168 - 1)],
)
def test_zero_negative_and_long(text: str, value: int) -> None:
    found = read_serial(text)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0x",
        "-",
        ":",
        "46:dg",
        "46,df",
        "0x0x1",
        "serial",
        "serial=",
        "serial=x",
        "''",
        "--1x",
        "１２",
    ],
)
def test_no_serial(text: str) -> None:
    assert read_serial(text) is None


def test_an_odd_number_of_digits_is_told() -> None:
    found = read_serial("2f0000004c869c77c8981becde0000000004c")
    assert found is not None
    assert found.warning == "37 digits is an odd number: a digit may be missing, or a leading zero left out"


@pytest.mark.parametrize(
    ("one", "other", "hint"),
    [
        ("2f0000004c869c77c8981becde0000000004c", WEBEX, "only runs of zeros differ in length"),
        ("46:df:76:aa:00:00:00:00:29", RICKY, "only runs of zeros differ in length"),
        ("46df76aa000000000028", RICKY, "one digit differs"),
        ("46df76aa0000000000290", RICKY, "one digit differs"),
        ("46df76ba000000000028", RICKY, "2 digits differ"),
        ("-46df76aa000000000028", -RICKY, "one digit differs"),
    ],
)
def test_near_misses(one: str, other: int, hint: str) -> None:
    found = read_serial(one)
    assert found is not None
    assert found.value != other
    assert near_miss(found.value, other) == hint
    assert near_miss(other, found.value) == hint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RICKY, RICKY),
        (RICKY, -RICKY),
        (RICKY, WEBEX),
        (0x46DF76AB000000000128, RICKY),
        (0x51, 0xC1),
        (0, 1),
        (0x1001, 0x10001),
        (0xAB << 400, 0xAC << 400),
    ],
)
def test_no_near_miss(one: int, other: int) -> None:
    assert near_miss(one, other) is None


@given(st.integers(-(2**170), 2**170), st.sampled_from(["", ":", "-", " "]), st.booleans())
def test_every_spelling_has_its_value(value: int, separator: str, upper: bool) -> None:
    digits = format(abs(value), "x")
    digits = digits.rjust(len(digits) + len(digits) % 2, "0")
    text = separator.join(digits[at : at + 2] for at in range(0, len(digits), 2))
    found = read_serial(("-" if value < 0 else "") + (text.upper() if upper else text))
    assert found is not None
    assert (found.value, found.has_odd_digits) == (value, False)


@given(st.text(max_size=80))
def test_any_text_is_read_or_not(text: str) -> None:
    found = read_serial(text)
    assert found is None or format(abs(found.value), "x") == (found.digits.lstrip("0") or "0")


@given(st.integers(-(2**300), 2**300), st.integers(-(2**300), 2**300))
def test_hints_are_symmetric_and_never_for_equals(one: int, other: int) -> None:
    assert near_miss(one, other) == near_miss(other, one)
    assert near_miss(one, one) is None
