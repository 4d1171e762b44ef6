"""What stands below a table: what was read, and what could not be.

Knows that warnings are a line each; must not know of what.
"""

from __future__ import annotations

from collections.abc import Sequence

from tlseku.output.notebook.markup import Html, joined, styled, text

SHOWN_WARNINGS = 5
"""Warnings shown of a reading; the others are counted."""


def with_warnings(caption: str, warnings: Sequence[str]) -> Html:
    """The caption and the first warnings."""
    told = [styled(f"warning: {each}", "caution") for each in warnings[:SHOWN_WARNINGS]]
    if len(warnings) > SHOWN_WARNINGS:
        told.append(text(f"{len(warnings) - SHOWN_WARNINGS:,} more warnings"))
    return joined((text(caption), *told), "<br>")
