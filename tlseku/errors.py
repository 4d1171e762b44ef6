"""The faults that tlseku can meet, one public type each.

Knows nothing but their names and what each carries. If the library raises anything else for bad
*input* (as opposed to a wrong call), that is a bug in tlseku. ``cli`` turns ``TlsekuError`` into one
line on standard error and exit code 2; ``analyzer`` turns ``Malformed`` into a ``Defect`` on the flow.
"""

from __future__ import annotations


class TlsekuError(Exception):
    """Base of every error that bad input can cause. ``str()`` of it is one line for a person."""


class CaptureError(TlsekuError):
    """A capture cannot be read at all, or not beyond a certain byte.

    ``file`` is the name as the caller gave it, ``offset`` the byte offset in the (decompressed) capture
    at which reading failed, or ``None`` where no offset applies (the file does not open), ``problem``
    what was found there.
    """

    def __init__(self, file: str, offset: int | None, problem: str) -> None:
        self.file = file
        self.offset = offset
        self.problem = problem
        where = file if offset is None else f"{file}: offset {offset}"
        super().__init__(f"{where}: {problem}")

    def __reduce__(self) -> tuple[type[CaptureError], tuple[str, int | None, str]]:
        # Its only argument is the sentence, so pickle, which carries errors between processes, needs to be told.
        return type(self), (self.file, self.offset, self.problem)


class CertificateFileError(TlsekuError):
    """A file of certificates holds something else. ``str()`` says what, on one line."""


class TableError(TlsekuError):
    """A table of rules or dates (TOML) cannot be used. ``str()`` names the table and says why, on one line."""


class OutputError(TlsekuError):
    """A file that was asked for cannot be written. ``str()`` names it and says why, on one line."""


class MissingLibrary(TlsekuError):
    """Something was asked for that needs a library of an extra. ``str()`` says which, and how to get it.

    ``library`` is its name, ``extra`` that of the extra of tlseku that brings it.
    """

    def __init__(self, library: str, extra: str) -> None:
        self.library = library
        self.extra = extra
        super().__init__(f"this needs {library}, which is not installed: pip install 'tlseku[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingLibrary], tuple[str, str]]:
        return type(self), (self.library, self.extra)


class AlreadyRead(TlsekuError):
    """The flows of a ``Scan`` were asked for once more after the last of them had come. ``str()`` says what helps."""

    def __init__(self) -> None:
        super().__init__(
            "this scan was read to its end, and flows come once: scan again, or keep them with tlseku.read"
        )


class Malformed(TlsekuError):
    """Bytes do not follow the format that their place demands.

    ``offset`` counts bytes from the start of the structure that was being read, ``expected`` says what
    should have stood there.
    """

    def __init__(self, offset: int, expected: str) -> None:
        self.offset = offset
        self.expected = expected
        super().__init__(f"malformed at byte {offset}: expected {expected}")


class FilterError(TlsekuError):
    """A filter expression or the name of a field makes no sense.

    ``expression`` as given, ``column`` counted from 1 where it stops making sense, ``problem`` why.
    """

    def __init__(self, expression: str, column: int, problem: str) -> None:
        self.expression = expression
        self.column = column
        self.problem = problem
        super().__init__(f"filter: column {column}: {problem}")
