"""Fixtures that many tests share: where captures lie, whether tshark is there, randomness that repeats."""

from __future__ import annotations

import os
import random
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")


def pytest_configure() -> None:
    """Let Ctrl-C be what it is: a shell that runs tests in the background ignores it for them and all they start."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def project() -> Path:
    """The repository's top directory."""
    return PROJECT


@pytest.fixture(scope="session")
def own_captures() -> Path:
    """The directory of the captures that the project makes itself."""
    return PROJECT / "captures"


@pytest.fixture(scope="session")
def shared_captures() -> Path:
    """Real captures of other projects, which lie beside the repository on some machines and are not shipped."""
    directory = PROJECT.parent / "shared" / "captures"
    if not directory.is_dir():
        pytest.skip(f"{directory} is not on this machine")
    return directory


@pytest.fixture(scope="session")
def tshark() -> str:
    """The path of tshark. Without it tests are skipped, unless TLSEKU_REQUIRE_TSHARK is set: then they fail."""
    path = shutil.which("tshark")
    if path is None:
        if os.environ.get("TLSEKU_REQUIRE_TSHARK"):
            pytest.fail("tshark is required and not installed")
        pytest.skip("tshark is not installed")
    return path


@pytest.fixture
def seeded(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers that depend on the test's name only, so that a failure repeats."""
    return random.Random(request.node.nodeid)
