"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

import tlseku
from tests.cli.staged import Stage
from tlseku import scanning
from tlseku.cli import main

Run = Callable[..., Result]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Sample flows in place of captures."""
    found = Stage()
    for module in (tlseku, scanning):
        monkeypatch.setattr(module, "read", found.named("read"))
        monkeypatch.setattr(module, "scan", found.named("scan"))
    return found


@pytest.fixture
def run() -> Run:
    """Run ``tlseku`` with arguments in this process."""

    def call(*args: str, **rest: object) -> Result:
        return CliRunner().invoke(main, args, prog_name="tlseku", **rest)  # type: ignore[arg-type]

    return call
