"""Tables of another form are told with file, row and key; those that ship are whole."""

from __future__ import annotations

import pytest

from tlseku.errors import TableError
from tlseku.policy.peer_software.products import read_products
from tlseku.policy.peer_software.protocol_rules import read_protocol_rules
from tlseku.policy.peer_software.stacks import read_stacks
from tlseku.policy.shipped_table import shipped

STACK = """
schema = "tlseku/stacks/1"
[[stack]]
name = "x"
title = "X"
as_of = 2026-11-29
[[stack.shape]]
types = ["1 64"]
signature_algorithms = "0403"
source = "X 1"
"""
PRODUCT = """
schema = "tlseku/products/1"
[[product]]
name = "x"
title = "X"
version = "1"
setting = "on"
stack = "openssl"
library = "3"
enforces = "openssl"
cells = "A 43 43 43 43 43 43 43 45 48 40/116"
as_of = 2026-11-29
"""
RULE = """
schema = "tlseku/protocols/1"
[[rule]]
protocols = ["xmpp"]
side = "client"
product = "prosody"
purpose = "serverAuth"
where = "there"
rule = "X."
source = "Y"
as_of = 2026-11-29
"""


def test_they_can_be_read() -> None:
    assert [each.name for each in read_stacks(STACK, "f")] == ["x"]
    assert [each.name for each in read_products(PRODUCT, "f")] == ["x"]
    assert [each.title for each in read_protocol_rules(RULE, "f")] == ["Prosody"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("schema", "scheme", "unknown key 'scheme'"),
        ("stacks/1", "stacks/2", 'schema: must be "tlseku/stacks/1"'),
        ("title", "titel", "unknown key 'titel'"),
        ('title = "X"', "title = 1", "title: must be one line of text"),
        ("2026-11-29", '"2026"', "as_of: must be a day"),
        ("2026-11-29", "2026-11-29T00:00:00", "as_of: must be a day"),
        ('types = ["1 64"]', "", "types: either these or extensions"),
        ('types = ["1 64"]', 'types = ["1 64"]\nextensions = "13"', "types: either these or extensions"),
        ('["1 64"]', "[1]", "types: must be a list of texts"),
        ('"0403"', '"0403 0403"', "signature_algorithms: a code point is there twice"),
        ("[[stack.shape]]", "[stack.shape]", "shape: must be one table at least"),
        ("[[stack]]", "[[[", "not TOML"),
    ],
)
def test_stacks(old: str, new: str, problem: str) -> None:
    with pytest.raises(TableError, match=r"^f: ") as told:
        read_stacks(STACK.replace(old, new, 1), "f")
    assert problem in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"openssl"', '"opensl"', "stack: there is no stack 'opensl'"),
        (" 40/116", "", "cells: must be 11"),
        ("40/116", "40/x", "cells: 'x' is neither an alert nor one of"),
        ("as_of", 'judges_as = "both"\nas_of', "judges_as: must be one of client, server"),
    ],
)
def test_products(old: str, new: str, problem: str) -> None:
    with pytest.raises(TableError, match=r"^f: product 1: ") as told:
        read_products(PRODUCT.replace(old, new, 1), "f")
    assert problem in str(told.value)


def test_a_product_stands_once() -> None:
    with pytest.raises(TableError, match=r"^f: product 2: name: 'x' is there twice"):
        read_products(PRODUCT + PRODUCT.partition('1"\n')[2], "f")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("serverAuth", "any", "purpose: must be one of clientAuth, serverAuth"),
        ('"client"', '"both"', "side: must be one of client, server"),
        ('"prosody"', '"prosodie"', "product: there is no product 'prosodie'"),
    ],
)
def test_protocols(old: str, new: str, problem: str) -> None:
    with pytest.raises(TableError, match=r"^f: rule 1: ") as told:
        read_protocol_rules(RULE.replace(old, new, 1), "f")
    assert problem in str(told.value)


def test_a_table_that_is_not_there() -> None:
    with pytest.raises((TableError, OSError)):
        shipped("tlseku.policy.peer_software", "none.toml")
