"""A text as TOML, whatever it says.

Knows what ``tomli`` raises; must not know what stands in a table. Out comes a dictionary, or an error of one line.
"""

from __future__ import annotations

import tomli

from tlseku.errors import TableError


def read_toml(text: str, name: str, error: type[TableError] = TableError) -> dict[str, object]:
    """The values of a text; ``name`` is what errors call it. Raises ``error`` where it is not TOML, nested too deeply,
    or has a number of thousands of digits."""
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as fault:
        raise error(f"{name}: not TOML: {' '.join(str(fault).split())}") from fault
    except RecursionError as fault:
        raise error(f"{name}: nested too deeply") from fault
    except ValueError as fault:
        # Python reads no integer of more digits than sys.get_int_max_str_digits() says.
        raise error(f"{name}: not TOML: a number is too long") from fault
