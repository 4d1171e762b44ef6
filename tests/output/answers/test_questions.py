"""Answers as objects, and that the command line prints these objects and nothing else."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

import tlseku
from tests.conftest import PROJECT
from tests.data_frames.table_page import ANSWERS
from tests.data_frames.test_round_trips import lists
from tests.data_frames.test_tabular import ARROW, PANDAS
from tests.output.samples import EVERY, EVIL
from tlseku.cli import main
from tlseku.cli.one_flow import SHOWN_BOOKS
from tlseku.data_frames.columns import LISTS
from tlseku.errors import TableError
from tlseku.output.answers.answer import Answer, Listing
from tlseku.policy.rule_books import RuleBookError

CAPTURES = PROJECT / "captures"
REFUSED, DECLINED = str(CAPTURES / "wrong-eku-refused.pcap"), str(CAPTURES / "declined.pcap")
EVERY_CAPTURE = sorted(str(path) for path in CAPTURES.glob("*.pcap*"))

Ask = Callable[[tlseku.Flows], Answer]

ASKED: dict[str, Ask] = {
    "sunset": tlseku.sunset,
    "sunset by certificate": lambda flows: tlseku.sunset(flows).by("certificate"),
    "sunset by issuer": lambda flows: tlseku.sunset(flows).by("issuer"),
    "inventory": tlseku.inventory,
    "compare": lambda flows: tlseku.compare(flows, flows[1:]),
    "diagnose": tlseku.diagnose,
    "explain": lambda flows: tlseku.explain(flows[0]),
}


@pytest.fixture(scope="module")
def flows() -> tlseku.Flows:
    return tlseku.read(*EVERY_CAPTURE)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="tlseku")


def printed(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def as_json(*arguments: str) -> object:
    return json.loads(printed(*arguments, "-T", "json"))


def page_of(answer: Answer) -> str:
    return "".join(f"{line}\n" for line in str(answer).splitlines())


@pytest.mark.parametrize("capture", EVERY_CAPTURE, ids=lambda path: Path(path).name)
def test_a_command_prints_the_object(capture: str) -> None:
    check_one_road(capture)


def test_a_command_prints_the_object_of_captures_of_others(shared_captures: Path) -> None:
    found = sorted(str(path) for path in shared_captures.iterdir() if path.suffix in (".pcap", ".pcapng"))
    assert found
    for capture in found:
        check_one_road(capture)


def check_one_road(capture: str) -> None:
    """One road: page, JSON and CSV of each command are those of what the function returns."""
    found = tlseku.sunset(tlseku.read(capture, rule_books=()))
    for answer, key, command in (
        (found, "hosts", ("sunset",)),
        (found.by("issuer"), "rows", ("sunset", "--by", "issuer")),
        (found.by("certificate"), "rows", ("sunset", "--by", "certificate")),
        (tlseku.inventory(tlseku.read(capture, rule_books=())), "certificates", ("certs",)),
    ):
        assert as_json(*command, capture) == answer.to_dict()[key]
        for form in ("csv", "tsv", "ndjson"):
            assert printed(*command, "-T", form, capture) == "".join(answer.text(form))
        page = printed(*command, capture)
        assert page.startswith(page_of(answer))
        assert answer.in_one_line().split()[0] in page[len(page_of(answer)) :]
    for profile in ("generic-mtls-server", "cisco-expressway"):
        diagnosis = tlseku.diagnose(tlseku.read(capture), profile)
        assert as_json("diagnose", "--profile", profile, capture) == diagnosis.to_dict()
        assert printed("diagnose", "--profile", profile, capture) == page_of(diagnosis)
    for all_of_it in ((), ("--all",)):
        comparison = tlseku.compare(tlseku.read(REFUSED), tlseku.read(capture), everything=bool(all_of_it))
        assert as_json("compare", *all_of_it, REFUSED, capture) == comparison.to_dict()
        assert printed("compare", *all_of_it, REFUSED, capture).startswith(page_of(comparison))
    for flow in tlseku.read(capture, rule_books=tlseku.load_rule_books(SHOWN_BOOKS)):
        explanation = tlseku.explain(flow)
        assert as_json("explain", capture, str(flow.number)) == explanation.to_dict()
        assert printed("explain", capture, str(flow.number)) == page_of(explanation)


MADE_BY = {
    "sunset": "output.answers.sunset",
    "certs": "output.answers.inventory",
    "compare": "output.answers.comparison",
    "diagnose": "profiles.diagnosis",
    "explain": "output.answers.explanation",
}
WRITERS = {"write_lines", "write_text", "write_document", "print", "echo"}


@pytest.mark.parametrize("command", MADE_BY)
def test_a_command_knows_no_other_way(command: str) -> None:
    """It asks the answer and writes it; but for columns that were chosen of certificates it writes nothing itself."""
    tree = ast.parse((PROJECT / "tlseku" / "cli" / "commands" / f"{command}.py").read_text(encoding="utf-8"))
    imported = {
        node.module: {each.name for each in node.names}
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert f"tlseku.{MADE_BY[command]}" in imported
    # The JSON, the reports, and what makes the tables are the answer's business.
    reports = {
        name for module, names in imported.items() if module and "output.reports" in module for name in names
    }
    assert reports <= {"By", "first_sights"}
    assert not any(module and module.startswith("tlseku.output.json") for module in imported)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & WRITERS
    assert used <= ({"write_lines", "write_text"} if command == "certs" else set())


def test_sunset() -> None:
    found = tlseku.sunset(tlseku.scan(REFUSED))
    said = found.to_dict()
    assert (said["schema"], said["certificates"]) == ("tlseku/sunset/1", 1)
    frame = found.to_pandas()
    assert list(frame["host"]) == ["192.0.2.10"]
    assert frame["renewal"][0] == found.inventory.hosts[0].as_client[0].renewal.outcome
    assert repr(found) == "<Sunset: 1 client certificate in 1 place>"
    assert repr(found.by("issuer")) == "<SunsetRollUp: 1 client certificate in 1 place>"
    day = tlseku.sunset(tlseku.read(REFUSED), on=date(2027, 4, 1))
    assert day.to_dict()["hosts"] == as_json("sunset", "--on", "2027-04-01", REFUSED)
    assert day.to_pandas()["renewal_on"][0] == pandas.Timestamp("2027-04-01")


def test_sunset_of_some_hosts(flows: tlseku.Flows) -> None:
    local = ["10.0.0.0/8"]
    found = tlseku.sunset(flows, local=local)
    assert found.to_dict()["hosts"] == as_json("sunset", "--local", *local, *EVERY_CAPTURE)
    assert {host.name.partition(".")[0] for host in found.inventory.hosts} == {"10"}
    with pytest.raises(tlseku.TlsekuError, match="nowhere"):
        tlseku.sunset((), local=["nowhere"])


def test_sunset_of_files_and_roots_of_ones_own(tmp_path: Path) -> None:
    (flow,) = tlseku.read(REFUSED)
    chain = flow.presented[-1].chain
    file = tmp_path / "client.der"
    file.write_bytes(chain[0].der)
    certificates = tlseku.read_certificates(file.read_bytes())
    assert certificates == [chain[0]]
    unknown = tlseku.sunset(files={str(file): certificates})
    assert unknown.to_dict()["hosts"] == as_json("sunset", str(file))
    assert list(unknown.to_pandas()["is_file"]) == [True]
    (use,) = unknown.inventory.hosts[0].as_client
    assert (use.standing.kind, use.sightings) == ("unknown", ())
    public = tlseku.sunset(files=[("a", chain), ("a", chain)], public_roots=chain[1:])
    assert [host.as_client[0].standing.kind for host in public.inventory.hosts] == ["public", "public"]
    assert "(as told)" in str(public)


def test_sunset_by_dates_of_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "dates.toml"
    table.write_text('schema = "tlseku/timeline/1"\nas_of = 2030-01-01\nentry = []\n', encoding="utf-8")
    found = tlseku.sunset(tlseku.read(REFUSED), timeline=tlseku.load_timeline(table))
    assert (found.timeline.name, found.timeline.as_of) == (str(table), date(2030, 1, 1))
    assert tlseku.sunset().timeline == tlseku.load_timeline()
    with pytest.raises(tlseku.TlsekuError, match="cannot open it"):
        tlseku.load_timeline(tmp_path / "nothing.toml")


def test_inventory(flows: tlseku.Flows) -> None:
    found = tlseku.inventory(flows)
    assert len(found.to_pandas()["sha256"].unique()) == len(found.seen)
    clients = tlseku.inventory(
        flows, wanted=lambda flow, certificate: "1.3.6.1.5.5.7.3.2" in (certificate.eku or ())
    )
    expected = as_json("certs", "-Y", "x509.eku == clientAuth", *EVERY_CAPTURE)
    assert clients.to_dict()["certificates"] == expected
    assert 0 < len(clients.seen) < len(found.seen)


def test_compare() -> None:
    found = tlseku.compare(tlseku.read(REFUSED), tlseku.scan(DECLINED))
    assert found.different is True
    frame = found.to_pandas()
    differ = frame[~frame["same"]]
    assert sorted(differ["aspect"]) == sorted(
        one.name for pair in found.found.pairs for one in pair.differences
    )
    assert tlseku.compare(tlseku.read(REFUSED), tlseku.read(REFUSED)).different is False


def test_a_profile_or_book_that_is_none() -> None:
    with pytest.raises(TableError, match="no profile 'nothing'"):
        tlseku.diagnose((), "nothing")
    with pytest.raises(RuleBookError):
        tlseku.diagnose((), rule_book="nothing")


def test_a_book_that_is_given() -> None:
    (book,) = tlseku.load_rule_books(("openssl",))
    flows = tlseku.read(REFUSED, rule_books=(book,))
    found = tlseku.diagnose(flows, rule_book=book)
    assert found.to_dict() == tlseku.diagnose(flows, rule_book="openssl").to_dict()
    assert found.to_dict()["rule_book"] == "openssl"


def test_explain() -> None:
    (flow,) = tlseku.read(REFUSED)
    found = tlseku.explain(flow)
    assert "unsupported_certificate" in str(found)
    assert found.to_dict() == tlseku.flow_to_dict(flow, full=True)
    assert found.to_pandas().equals(tlseku.read(REFUSED).to_pandas("findings"))


def test_what_was_not_seen_is_part_of_each_answer(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(REFUSED).read_bytes()[:-10])
    flows = tlseku.read(str(cut))
    sunset = tlseku.sunset(flows)
    for answer in (sunset, sunset.by("issuer"), tlseku.inventory(flows), tlseku.diagnose(flows)):
        not_seen = answer.to_dict()["not_seen"]
        assert isinstance(not_seen, dict)
        assert not_seen["damage"] == ["a damaged or cut capture"]


@pytest.mark.parametrize("question", ASKED)
def test_every_answer_has_every_form(flows: tlseku.Flows, question: str) -> None:
    ask = ASKED[question]
    answer = ask(flows)
    assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
    assert answer._repr_html_().startswith("<pre")
    assert "<script" not in answer._repr_html_()
    assert 0 < len(repr(answer)) <= 200
    assert ask(flows).to_dict() == answer.to_dict()
    if isinstance(answer, Listing):
        documents = list(answer.documents())
        assert json.loads("".join(answer.text("json"))) == documents
        assert [json.loads(line) for line in "".join(answer.text("ndjson")).splitlines()] == documents
        tabs = [line.split("\t") for line in "".join(answer.text("tsv")).splitlines()]
        assert tabs == list(csv.reader(io.StringIO("".join(answer.text("csv")))))
    else:
        assert json.loads("".join(answer.text("json"))) == answer.to_dict()
        with pytest.raises(ValueError, match="no form 'csv', only json"):
            list(answer.text("csv"))


def columns_of(answer: Answer) -> list[tuple[str, str, str]]:
    return [(one.name, ARROW[one.kind], PANDAS[one.kind]) for one in answer.table_columns()]


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("some", [True, False])
def test_types_of_its_table_do_not_depend_on_the_data(flows: tlseku.Flows, question: str, some: bool) -> None:
    if question == "explain" and not some:
        return
    answer = ASKED[question](flows if some else tlseku.Flows((), tlseku.Summary(), ()))
    table, frame = answer.to_arrow(), answer.to_pandas()
    assert [
        (field.name, str(field.type), str(kind))
        for field, kind in zip(table.schema, frame.dtypes, strict=True)
    ] == columns_of(answer)
    assert table.num_rows == len(frame) == answer.to_polars().height
    assert (len(frame) > 0) is some


@pytest.mark.parametrize("question", ASKED)
def test_its_table_travels(flows: tlseku.Flows, question: str, tmp_path: Path) -> None:
    answer = ASKED[question](flows)
    path = tmp_path / "table.parquet"
    frame, lazy = answer.to_pandas(), answer.to_polars()
    frame.to_parquet(path)
    back = pandas.read_parquet(path, dtype_backend="numpy_nullable")
    pandas.testing.assert_frame_equal(lists(back), frame, check_dtype=False)
    assert len(pandas.concat([frame, frame]).drop_duplicates()) == len(frame.drop_duplicates()) > 0
    lazy.write_parquet(path)
    assert polars.read_parquet(path).equals(lazy)
    assert polars.DataFrame(answer).equals(lazy)
    assert pyarrow.table(answer) == answer.to_arrow()
    connection = duckdb.connect()
    connection.register("given", answer.to_arrow())
    connection.execute(f"copy given to '{path}' (format parquet)")
    here, there = (connection.sql(f"select * from {source}").fetchall() for source in ("given", f"'{path}'"))
    assert here == there
    assert len(here) == len(frame)
    for column in answer.table_columns():
        if column.kind in LISTS:
            assert frame.groupby(column.name).size().sum() == frame[column.name].notna().sum()
            assert question == "explain" or frame[f"{column.name}_text"].notna().equals(
                frame[column.name].notna()
            )


@pytest.mark.parametrize("question", ["sunset", "sunset by issuer", "inventory"])
def test_the_table_says_what_the_rows_of_a_spreadsheet_say(flows: tlseku.Flows, question: str) -> None:
    answer = ASKED[question](flows)
    assert isinstance(answer, Listing)
    rows = [dict(zip(answer.csv_header(), row, strict=True)) for row in answer.csv_rows()]
    table = answer.to_arrow().to_pylist()
    assert len(rows) == len(table) > 0
    for row, cells in zip(rows, table, strict=True):
        for name in row.keys() & {
            "host",
            "sha256",
            "issuer",
            "subject",
            "verdict",
            "renewal",
            "certificates",
            "ip",
            "role",
        }:
            assert row[name] == cells[name]
        for name in row.keys() & {"flows", "frames", "hosts", "entries"}:
            if isinstance(cells[name], list):
                assert row[name] == cells[f"{name}_text"]


@pytest.mark.parametrize("command", ["sunset", "certs"])
@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_command_writes_the_table(flows: tlseku.Flows, tmp_path: Path, command: str, form: str) -> None:
    answer = ASKED["sunset" if command == "sunset" else "inventory"](flows)
    target = tmp_path / f"table.{form}"
    done = run(command, "-w", str(target), *EVERY_CAPTURE)
    assert (done.exit_code, done.stdout) == (0, "")
    data = target.read_bytes()
    assert run(command, "-T", form, *EVERY_CAPTURE).stdout_bytes == data
    read = (
        parquet.read_table(pyarrow.BufferReader(data))
        if form == "parquet"
        else pyarrow.ipc.open_stream(data).read_all()
    )
    assert read == answer.to_arrow()
    assert answer.in_one_line() in done.stderr


def test_a_binary_form_is_the_whole_table(tmp_path: Path) -> None:
    done = run("certs", "-T", "parquet", "-e", "x509.serial", "-w", str(tmp_path / "x"), REFUSED)
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "-e prints columns, which -T parquet has not" in done.stderr
    for command in ("certs", "sunset"):
        done = run(command, "-T", "parquet", "-w", REFUSED, REFUSED)
        assert done.exit_code == 2
        assert "would overwrite what is to be read" in done.stderr


@pytest.mark.parametrize("question", ANSWERS)
def test_every_list_of_a_table_has_a_text_behind_all(question: str) -> None:
    columns = ANSWERS[question]
    lists_of = [one.name for one in columns if one.kind in LISTS]
    assert [one.name for one in columns[len(columns) - len(lists_of) :]] == [
        f"{name}_text" for name in lists_of
    ]
    assert len({one.name for one in columns}) == len(columns)


def test_hostile_text_is_data_and_steers_no_page() -> None:
    hostile = tlseku.Flows([EVIL, *EVERY], tlseku.Summary(), ())
    for ask in ASKED.values():
        answer = ask(hostile)
        assert answer.to_polars().height == len(answer.to_pandas())
        assert "\x1b" not in f"{answer}{answer!r}{answer._repr_html_()}"
