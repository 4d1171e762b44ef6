"""The fields that a filter can name and ``-e`` can print, by name.

Knows the table of flow fields and that of certificate fields and Wireshark's names for some of them; must not know
expressions. ``python -m tests.filter.page`` makes the table in docs/filters.md of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from tlseku.errors import FilterError
from tlseku.filter.certificate_fields import CERTIFICATE_FIELDS
from tlseku.filter.field import Field
from tlseku.filter.flow_fields import FLOW_FIELDS
from tlseku.filter.tokens import quoted
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES, wireshark_field

FIELDS: Mapping[str, Field] = {field.name: field for field in (*FLOW_FIELDS, *CERTIFICATE_FIELDS)}
"""Every field under its name, in the order of the documentation."""

NAMES = (*FIELDS, *WIRESHARK_NAMES, *(field.name for field in WIRESHARK_FIELDS))
"""Every name that answers, but for those that begin with ``ssl.`` and ``dtls.``."""


def field_named(name: str, expression: str | None = None, column: int = 1) -> Field:
    """The field of that name. Raises FilterError, which points into ``expression`` and names what is near."""
    field = FIELDS.get(name) or wireshark_field(name, FIELDS)
    if field is None:
        # Of two names of one field, ours is enough.
        alike = get_close_matches(name, NAMES, n=6, cutoff=0.7)
        near = [each for each in alike if WIRESHARK_NAMES.get(each) not in alike][:3]
        advice = f"; did you mean {' or '.join(near)}?" if near else "; tlseku fields lists them"
        raise FilterError(
            name if expression is None else expression, column, f"there is no field {quoted(name)}{advice}"
        )
    return field
