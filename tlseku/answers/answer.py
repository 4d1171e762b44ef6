"""What every answer can do: be a dictionary, a table, a page of text, and a card in a notebook.

Knows the forms; must not know any question. Concrete answers are in ``questions``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tlseku._objects import in_short
from tlseku.data_frames import with_pandas
from tlseku.flow import Flow, Summary
from tlseku.output.notebook import markup
from tlseku.output.words.terminal_page import Line, Page, plain

if TYPE_CHECKING:
    import pandas

WIDTH = 100
"""Columns of a page that nobody gave a width."""


class Answer(ABC):
    """The answer to a question about flows. ``str()`` of it is the page that the command line prints."""

    @abstractmethod
    def to_dict(self) -> dict[str, object]:
        """Plain values, ready for ``json.dumps``: what the command of the same name gives with ``-T json``."""

    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The names of the columns of ``rows``."""

    @abstractmethod
    def rows(self) -> Iterator[Sequence[object]]:
        """The answer as a table: texts, numbers, truth values and None."""

    @abstractmethod
    def lines(self, page: Page) -> Iterator[Line]:
        """The page, line by line; all text is escaped."""

    @abstractmethod
    def in_one_line(self) -> str:
        """What was found, counted."""

    def to_pandas(self) -> pandas.DataFrame:
        """``rows`` as a data frame. Raises MissingLibrary without pandas."""
        return with_pandas.frame_of_rows(self.columns(), self.rows())

    def __str__(self) -> str:
        return "\n".join(plain(line) for line in self.lines(Page(WIDTH)))

    def _repr_html_(self) -> str:
        return markup.lines(self.lines(Page(WIDTH)))

    def __repr__(self) -> str:
        return in_short(f"<{type(self).__name__}: {self.in_one_line()}>")


def summary_of(flows: Iterable[Flow]) -> Summary:
    """What was read to get the flows, where they are of ``read`` or ``scan``; nothing is known of others."""
    summary = getattr(flows, "summary", None)
    return summary if isinstance(summary, Summary) else Summary()
