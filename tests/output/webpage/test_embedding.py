"""Data in the page: the same after reading, and never markup."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.webpage.pages import EVIL_NAMES
from tlseku.output.webpage.embedding import CHUNK, TOGETHER, Packed, Written, safe_json, source_digest


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_hostile_text_is_inert(name: str) -> None:
    text = safe_json({name: [name]})
    assert not set("<>&\x7f") & set(text)
    assert text.isascii()
    assert json.loads(text) == {name: [name]}


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=20))
def test_anything_reads_back(value: object) -> None:
    text = safe_json(value)
    assert json.loads(text) == value
    assert not set("<>&") & set(text)


@pytest.mark.parametrize("number", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_packed(number: int) -> None:
    details = [f"<p>{index} \u202e</p>" for index in range(number)]
    packed = Packed()
    assert [packed.add(detail) for detail in details] == list(range(number))
    assert len(packed) == number
    chunks = [json.loads(zlib.decompress(base64.b64decode(chunk))) for chunk in packed.chunks()]
    assert [detail for chunk in chunks for detail in chunk] == details
    assert all(len(chunk) == CHUNK for chunk in chunks[:-1])


@pytest.mark.parametrize("number", [0, 1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 3 * TOGETHER])
def test_written(number: int) -> None:
    rows = [[index, "<\u202e>"] for index in range(number)]
    written = Written()
    for row in rows:
        written.add(row)
    assert len(written) == number
    assert f"[{''.join(written.pieces())}]" == safe_json(rows)


def test_digest() -> None:
    # The example of CSP Level 3, section 8.3 (hash of an inline script).
    assert source_digest("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
