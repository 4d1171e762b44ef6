"""``tlseku.x509.refusal``: a library's message on one line."""

from __future__ import annotations

import pytest

from tlseku.x509.refusal import LONGEST_REASON, one_line


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("a\n   b\tc"), "a b c"),
        (ValueError(), "ValueError"),
        (ValueError("  "), "ValueError"),
        (ValueError("x" * LONGEST_REASON), "x" * LONGEST_REASON),
        (ValueError("x" * (LONGEST_REASON + 1)), "x" * (LONGEST_REASON - 1) + "…"),
        ("said", "said"),
    ],
)
def test_one_line(error: BaseException | str, text: str) -> None:
    assert one_line(error) == text
