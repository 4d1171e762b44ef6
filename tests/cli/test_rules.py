"""``tlseku rules``, and --rules, --rule-books and --expressway-mode of the commands that judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.staged import Stage
from tests.policy.rule_books.books import HEAD, LAST, rule
from tlseku.cli.one_flow import SHOWN_BOOKS
from tlseku.output.reports.rule_books import rule_book_lines, rule_book_to_dict
from tlseku.output.words.terminal_page import Page, plain
from tlseku.policy.rule_books import BUILT_IN, Context, load_rule_books

THERE = ", ".join(BUILT_IN)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + rule('{ leaf_eku = "need" }', reason="not here") + LAST, encoding="utf-8")
    return str(file)


def test_table(run: Run) -> None:
    result = run("rules")
    assert result.exit_code == 0
    assert result.stdout == "".join(
        f"{plain(line)}\n" for line in rule_book_lines(load_rule_books(), Page(100))
    )


def test_json(run: Run, mine: str) -> None:
    assert json.loads(run("rules", "-T", "json").stdout) == [
        rule_book_to_dict(book) for book in load_rule_books()
    ]
    listed = json.loads(run("rules", "-T", "json", "--rules", mine, "go", "mine").stdout)
    assert [book["name"] for book in listed] == ["go", "mine"]
    assert [book["name"] for book in json.loads(run("rules", "-T", "json", "--rules", mine).stdout)] == [
        *BUILT_IN,
        "mine",
    ]


@pytest.mark.parametrize(
    ("arguments", "books"),
    [
        (("flows", "x"), ()),
        (("flows", "-T", "csv", "x"), ()),
        (("flows", "-T", "json", "x"), BUILT_IN),
        (("flows", "-T", "ndjson", "x"), BUILT_IN),
        (("flows", "-T", "ndjson", "--local", "10.0.0.1", "x"), BUILT_IN),
        (("flows", "-T", "json", "--full", "x"), BUILT_IN),
        (("flows", "-T", "csv", "--rows", "findings", "x"), BUILT_IN),
        (("flows", "-T", "ndjson", "--rows", "flows", "x"), BUILT_IN),
        (("flows", "-T", "ndjson", "--rows", "certificates", "x"), ()),
        (("flows", "-T", "csv", "--rows", "flows", "x"), ()),
        (("flows", "-T", "json", "--rule-books", "none", "x"), ()),
        (("flows", "-T", "json", "--rule-books", "go, java", "--rule-books", "go", "x"), ("go", "java")),
        (("flows", "--rule-books", "all", "x"), BUILT_IN),
        (("show", "x", "1"), SHOWN_BOOKS),
        (("show", "--rule-books", "nss", "x", "1"), ("nss",)),
        (("show", "--rule-books", "none", "x", "1"), ()),
        (("show", "--rules", "MINE", "x", "1"), (*SHOWN_BOOKS, "mine")),
        (("flows", "--rules", "MINE", "x"), ("mine",)),
        (("flows", "-T", "json", "--rules", "MINE", "x"), (*BUILT_IN, "mine")),
        (("flows", "--rules", "MINE", "--rule-books", "go", "x"), ("go",)),
        (("flows", "--rules", "MINE", "--rule-books", "mine,go", "x"), ("mine", "go")),
        (("flows", "--rules", "MINE", "--rule-books", "all", "x"), (*BUILT_IN, "mine")),
        (("certs", "x"), ()),
        (("requests", "x"), ()),
    ],
)
def test_which_books_judge(
    stage: Stage, run: Run, mine: str, arguments: tuple[str, ...], books: tuple[str, ...]
) -> None:
    assert run(*[mine if word == "MINE" else word for word in arguments]).exit_code == 0
    assert stage.books == books


@pytest.mark.parametrize("command", [("flows", "x"), ("show", "x", "1")])
def test_the_mode(stage: Stage, run: Run, command: tuple[str, ...]) -> None:
    for given, mode in (
        ([], "unknown"),
        (["--expressway-mode", "off"], "off"),
        (["--expressway-mode", "on"], "on"),
    ):
        run(command[0], *given, *command[1:])
        assert stage.context == Context(mode)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("flows", "--rule-books", "gone", "x"), f"there is no rule-book 'gone'; there are {THERE}"),
        (("show", "--rule-books", "go,", "x", "1"), f"there is no rule-book ''; there are {THERE}"),
        (("rules", "gone"), f"there is no rule-book 'gone'; there are {THERE}"),
        (("rules", "--rules", "none.toml"), "none.toml: cannot open it: No such file or directory"),
        (("flows", "--rules", "none.toml", "x"), "none.toml: cannot open it: No such file or directory"),
        (
            ("flows", "--rules", "BROKEN", "x"),
            "broken.toml: rule 1: when: unknown condition 'leaf'; there are role,",
        ),
    ],
)
def test_what_cannot_be_chosen(
    stage: Stage, run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(HEAD + rule("{ leaf = 1 }") + LAST, encoding="utf-8")
    result = run(*[str(broken) if word == "BROKEN" else word for word in arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("tlseku: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_from_a_capture_to_findings(run: Run, own_captures: Path, mine: str) -> None:
    """The client of test case 1 presents a serverAuth-only leaf, and its server one that lists serverAuth."""
    result = run("flows", "-T", "json", "--full", "--rules", mine, str(own_captures / "test-case-1.pcap"))
    server, client = json.loads(result.stdout)[0]["presented"]
    assert [*server["rule_books"]] == [*BUILT_IN, "mine"]
    assert server["rule_books"]["mine"] == {
        "outcome": "refuse",
        "rule": "mine/rule",
        "reason": "not here",
        "depth": 0,
    }
    assert client["rule_books"]["openssl"] == {
        "outcome": "refuse",
        "rule": "openssl/leaf-eku",
        "reason": "OpenSSL wants clientAuth in the leaf's EKU, which lists serverAuth",
        "depth": 0,
    }
    assert client["rule_books"]["expressway-15.5"]["rule"] == "CM7"
    off = run(
        "flows",
        *("-T", "json", "--full", "--expressway-mode", "off", "--rule-books", "expressway-15.5"),
        str(own_captures / "test-case-1.pcap"),
    )
    assert json.loads(off.stdout)[0]["presented"][1]["rule_books"]["expressway-15.5"] == {
        "outcome": "accept",
        "rule": "CM3",
        "reason": "checking mode off: a leaf that lists serverAuth passes",
        "depth": None,
    }


def test_show_tells_what_the_books_say(run: Run, own_captures: Path) -> None:
    result = run("show", "--rule-books", "go,gnutls", str(own_captures / "test-case-1.pcap"), "1")
    assert (
        "      go: refuse at certificate 0 (go/leaf-eku): Go wants clientAuth or anyExtendedKeyUsage in the\n"
        "        leaf's EKU, which lists serverAuth\n"
        "      gnutls: accept (gnutls/no-purpose): GnuTLS does not look at the EKU unless the application\n"
        "        names a purpose\n"
    ) in result.stdout
