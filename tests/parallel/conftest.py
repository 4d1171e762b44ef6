"""Storages for the tests of this folder."""

from __future__ import annotations

from tests.storages import bucket as bucket
from tests.storages import web as web
