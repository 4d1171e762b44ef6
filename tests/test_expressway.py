"""``tlseku.expressway``: bundles as objects, and that the commands print these objects and nothing else."""

from __future__ import annotations

import ast
import json
from datetime import datetime, timezone

import pytest
from click.testing import CliRunner, Result

from tests.conftest import PROJECT
from tests.data_frames.test_tabular import ARROW, PANDAS
from tlseku import expressway
from tlseku.cli import main
from tlseku.output.answers.answer import Answer

BUNDLES = PROJECT / "captures" / "bundles"
EVERY = sorted(str(path) for path in BUNDLES.iterdir() if path.suffix != ".py")
CORE, EDGE = (str(BUNDLES / f"test-case-1-{node}.tar.gz") for node in ("core", "edge"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="tlseku")


def page_of(answer: Answer) -> str:
    return "".join(f"{line}\n" for line in str(answer).splitlines())


@pytest.mark.parametrize("paths", [*((one,) for one in EVERY), (CORE, EDGE)], ids=str)
def test_the_command_prints_the_object(paths: tuple[str, ...]) -> None:
    first, *peers = paths
    asked = ["bundle", first, *(word for peer in peers for word in ("--peer", peer))]
    found = expressway.examine(*paths)
    assert json.loads(run(*asked, "-T", "json").stdout) == found.to_dict()
    assert run(*asked).stdout == page_of(found)
    check_forms(found)


def test_a_pair() -> None:
    found = expressway.examine(CORE, EDGE)
    core, edge = found.nodes
    assert (core.role, edge.role, core.record.snapshot.host) == ("core", "edge", "vcs8c")
    (pair,) = found.pairs
    assert (pair.prediction.uc_zone.outcome, pair.observed["uc_zone"].verdict) == ("failed", "confirmed")
    assert core.diagnoses[0].level == "wrong"
    frame = found.to_pandas()
    wrong = frame[(frame["host"] == "vcs8c") & (frame["level"] == "wrong")]
    assert wrong["evidence"].isin(["frame", "line", "file"]).all()
    assert repr(found).startswith("<BundleExamination: 2 nodes, 1 pair, ")


def test_role_and_day_may_be_told() -> None:
    assert expressway.examine(CORE, role="edge").nodes[0].role == "edge"
    late = int(datetime(2040, 1, 1, tzinfo=timezone.utc).timestamp()) * 10**9
    said = [str(expressway.examine(CORE, EDGE, time=time)) for time in (None, late)]
    assert said[0] != said[1]


def test_what_is_no_bundle() -> None:
    with pytest.raises(expressway.BundleError, match=r"nothing\.tar\.gz"):
        expressway.examine("nothing.tar.gz")
    with pytest.raises(expressway.RoleError):
        expressway.examine(CORE, CORE)


@pytest.mark.parametrize("serial", ["46:DF:76:AA:00:00:00:00:00:2D", "46df76aa0000000002d", "1"])
def test_the_other_command_prints_the_object(serial: str) -> None:
    files = [*EVERY, str(PROJECT / "captures" / "scenario1.pcap.gz")]
    found = expressway.match(serial, *files)
    assert json.loads(run("match", "--serial", serial, "-T", "json", *files).stdout) == found.to_dict()
    assert run("match", "--serial", serial, *files).stdout == page_of(found)
    check_forms(found)


def test_matches_and_hints() -> None:
    found = expressway.match(
        "46df76aa0000000002d", str(BUNDLES / "condition-2.1-core.tar.gz"), "nothing.pcap"
    )
    assert (found.matches, {one.hint for one in found.hints}) == ((), {"only runs of zeros differ in length"})
    assert found.warning is not None
    assert found.problems == ("nothing.pcap: cannot open it: No such file or directory",)
    assert set(found.to_pandas()["match"]) == {False}
    with pytest.raises(ValueError, match="'no serial' is not a serial number"):
        expressway.match("no serial")


def check_forms(answer: Answer) -> None:
    table, frame = answer.to_arrow(), answer.to_pandas()
    assert [(field.name, str(field.type)) for field in table.schema] == [
        (column.name, ARROW[column.kind]) for column in answer.table_columns()
    ]
    assert [str(kind) for kind in frame.dtypes] == [PANDAS[column.kind] for column in answer.table_columns()]
    assert answer.to_polars().height == len(frame) == table.num_rows
    assert json.loads("".join(answer.text("json"))) == answer.to_dict()
    assert len(repr(answer)) <= 200
    assert answer._repr_html_().startswith("<pre")


@pytest.mark.parametrize(("command", "module"), [("bundle", "bundles"), ("match", "serials")])
def test_the_commands_know_no_other_way(command: str, module: str) -> None:
    tree = ast.parse((PROJECT / "tlseku" / "cli" / "commands" / f"{command}.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert f"tlseku.profiles.expressway.answers.{module}" in imported
    assert "tlseku.cli.streams.standard_output" not in imported
    assert not any(name and ("reports" in name or "output.json" in name) for name in imported)


def test_its_names() -> None:
    assert dir(expressway) == sorted(expressway.__all__)
    assert all(hasattr(expressway, name) for name in expressway.__all__)
    assert all(thing.__doc__ for name in expressway.__all__ if callable(thing := getattr(expressway, name)))
