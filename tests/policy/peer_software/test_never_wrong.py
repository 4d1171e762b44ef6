"""No capture of a real server is taken for another: rightly named, or not at all.

Captures beside the project are read where they are; those of the project are synthetic, and were made in the shape of
what OpenSSL asks, or in none.
"""

from __future__ import annotations

import pytest

from tests.policy.peer_software.confusion import (
    GROUPS,
    NOBODY,
    PROJECT,
    SHARED,
    asked,
    captures,
    matrix,
    taken_for,
    truth_of,
)
from tests.policy.peer_software.products_page import PATH, counts, page, without_matrix

OF_OPENSSL = {"arkime-openssl-tls1_1", "cve-2022-3602-spookyssl-merged", "zeek-client-certificate"}
"""Captures of others whose servers are OpenSSL by their own account, or are named nobody."""


def test_captures_of_real_servers() -> None:
    cases = SHARED / "cases"
    if not cases.is_dir():
        pytest.skip("the captures are not here")
    for group in GROUPS:
        for path in captures(cases / group):
            for flow in asked(path):
                assert taken_for(flow) in (truth_of(path), NOBODY), path.name


def test_captures_of_others() -> None:
    folder = SHARED / "captures"
    if not folder.is_dir():
        pytest.skip("the captures are not here")
    for path in captures(folder):
        for flow in asked(path):
            allowed = {NOBODY, "openssl"} if path.name.partition(".")[0] in OF_OPENSSL else {NOBODY}
            assert taken_for(flow) in allowed, path.name


def test_captures_of_the_project() -> None:
    found = {taken_for(flow) for path in captures(PROJECT / "captures") for flow in asked(path)}
    assert found <= {"openssl", NOBODY}


def test_the_page_is_current() -> None:
    text = PATH.read_text(encoding="utf-8")
    counted = counts()
    hint = "run python -m tests.policy.peer_software.products_page"
    assert without_matrix(text) == without_matrix(page(counted)), hint
    if counted is not None:
        assert text == page(counted), hint
        assert all(taken in (was, NOBODY) for was, taken in matrix(SHARED / "cases"))
