"""Damaged members of bundles: whatever bytes they hold, a bundle is examined and its report is valid."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.profiles.expressway.pairs import files_of, make_pair, record
from tests.schemas import schema
from tlseku.output.words.terminal_page import Page, plain
from tlseku.profiles.expressway.findings.cluster import differences
from tlseku.profiles.expressway.findings.diagnose import diagnose
from tlseku.profiles.expressway.findings.examination import Examination, Examined
from tlseku.profiles.expressway.findings.roles import role_of
from tlseku.profiles.expressway.reports.bundle_json import bundle_to_dict
from tlseku.profiles.expressway.reports.bundle_report import bundle_lines

VALIDATOR = Draft202012Validator(schema("bundle"))


def damaged(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randrange(1, 30)):
        at = chance.randrange(len(out))
        kind = chance.randrange(3)
        if kind == 0:
            out[at] = chance.randrange(256)
        elif kind == 1:
            del out[at : at + chance.randrange(1, 40)]
        else:
            out[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
    return bytes(out)


@pytest.mark.parametrize("seed", range(24))
def test_damaged_members(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    story = chance.choice(("test-case-1", "test-case-2", "condition-2.1"))
    records = []
    for node in ("core", "edge"):
        files = {
            name: damaged(data, chance) if chance.random() < 0.6 else data
            for name, data in files_of(story, node).items()
        }
        records.append(record(tmp_path / node, files))
    pair = make_pair(records[0], records[1], "core")
    nodes = tuple(
        Examined(node, one, *role_of(one), diagnose(one), ())
        for node, one in zip(("core", "edge"), records, strict=True)
    )
    examined = Examination(nodes, (pair,), tuple(differences("edge", [pair.edge, pair.core])))
    VALIDATOR.validate(bundle_to_dict(examined))
    lines = list(bundle_lines(examined, Page(100, ascii_only=True)))
    assert all(plain(line).isascii() for line in lines)
