"""The package's public names: all there, each imported only when used."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tlseku


@pytest.mark.parametrize("name", tlseku.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(tlseku, name) is not None


def test_the_table_of_lazy_names_is_the_list_of_public_names() -> None:
    assert sorted([*tlseku._MODULE_OF, "filter", "how_built"]) == tlseku.__all__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = tlseku.no_such_name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "first", ["import tlseku.scanning", "import tlseku.analyzer", "from tlseku import scan", ""]
)
def test_scan_is_the_function_whatever_was_imported_before(first: str) -> None:
    code = f"{first}\nimport tlseku\nassert callable(tlseku.scan), tlseku.scan\nassert callable(tlseku.read)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_filter_is_at_hand() -> None:
    assert tlseku.filter.compile("flow.number == 1") is not None
    assert "filter" in tlseku.__all__


@pytest.mark.skipif(
    not os.environ.get("TLSEKU_REQUIRE_COMPILED"), reason="the sources are tested as they are"
)
def test_what_shall_be_compiled_is() -> None:
    assert tlseku.how_built() == "compiled"
    setup = Path(__file__).resolve().parents[1].joinpath("setup.py").read_text(encoding="utf-8")
    listed = setup[setup.index("COMPILED = (") : setup.index(")", setup.index("COMPILED = ("))]
    for module in re.findall(r'"([a-z0-9_/]+)"', listed):
        name = f"tlseku.{module.replace('/', '.')}"
        assert not str(importlib.import_module(name).__file__).endswith(".py"), name
