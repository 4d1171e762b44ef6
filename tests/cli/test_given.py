"""``tlseku.cli.options.given``: the values of shared options, and what a command makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import tlseku
from tlseku.cli.options import choosing, shared
from tlseku.cli.options.given import Given, with_given
from tlseku.errors import TlsekuError
from tlseku.policy.rule_books import BUILT_IN, Context

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def parsed(*args: str) -> Given:
    """What a command with every shared option is given by these arguments."""
    found: list[Given] = []

    @click.command()
    @shared.captures
    @choosing.packets
    @choosing.display_filter
    @shared.reading(judged_by="none")
    @with_given
    def command(given: Given) -> None:
        found.append(given)

    done = CliRunner().invoke(command, args)
    assert done.exit_code == 0, done.output
    return found[0]


def test_nothing_said_is_nothing_given() -> None:
    assert parsed() == Given()


def test_each_value_has_its_place() -> None:
    given = parsed(
        *("a", "-r", "b", "c", "-c", "7", "--local", "10.0.0.0/8", "--merge", "--rules", "own.toml"),
        *(
            "--rule-books",
            "go,java",
            "--expressway-mode",
            "off",
            "--ca",
            "ca.pem",
            "--keylog",
            "k",
            "--keylog-env",
        ),
    )
    assert given == Given(
        files=("a", "c"),
        more_files=("b",),
        max_packets=7,
        local=("10.0.0.0/8",),
        merge=True,
        book_names=("go,java",),
        book_files=("own.toml",),
        expressway_mode="off",
        ca_files=("ca.pem",),
        key_log_files=("k",),
        keylog_env=True,
    )


def test_a_filter_is_a_function() -> None:
    wanted = parsed("-Y", "flow.number == 2").wanted
    assert wanted is not None
    flows = tlseku.read(CAPTURES / "no-eku.pcap", CAPTURES / "declined.pcap")
    assert [wanted(flow) for flow in flows] == [False, True]


def test_no_run_is_given_what_was_said_to_another() -> None:
    parsed("a", "--merge")
    assert parsed("b") == Given(files=("b",))


@pytest.mark.parametrize(
    ("given", "sources"),
    [
        (Given(files=("a", "b"), more_files=("c",)), ("a", "b", "c")),
        (Given(more_files=("c",)), ("c",)),
        (Given(files=("-",), more_files=("c",)), ("-", "c")),
    ],
)
def test_sources_in_their_order(given: Given, sources: tuple[str, ...]) -> None:
    assert given.sources() == sources


def in_a_command(call: Callable[[], object]) -> None:
    with click.Context(click.Command("tried")):
        call()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (Given(), "name a capture file, or - for standard input"),
        (Given(files=("-",), more_files=("-",)), r"standard input \(-\) can be read only once"),
    ],
)
def test_sources_that_cannot_be(given: Given, problem: str) -> None:
    with pytest.raises(click.UsageError, match=problem):
        in_a_command(given.sources)


@pytest.mark.parametrize(
    ("words", "default", "names"),
    [
        ((), None, BUILT_IN),
        ((), (), ()),
        ((), ("go", "java"), ("go", "java")),
        (("openssl, go", "java"), (), ("openssl", "go", "java")),
        (("go,all",), (), BUILT_IN),
        (("none",), None, ()),
        (("none,go",), None, ("go",)),
    ],
)
def test_the_books_that_are_chosen(
    words: tuple[str, ...], default: tuple[str, ...] | None, names: tuple[str, ...]
) -> None:
    books = Given(book_names=words).rule_books(default)
    assert tuple(book.name for book in books) == names


def test_a_book_that_is_none_is_an_error_when_books_are_asked_for() -> None:
    given = Given(files=("a",), book_names=("no-such-book",))
    assert given.sources() == ("a",)
    with pytest.raises(TlsekuError, match="no-such-book"):
        given.rule_books(None)


def test_key_logs_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "of-the-environment")
    assert Given(key_log_files=("a", "b")).secrets() == ("a", "b")
    assert Given(key_log_files=("a",), keylog_env=True).secrets() == ("a", "of-the-environment")
    monkeypatch.setenv("SSLKEYLOGFILE", "")
    with pytest.raises(click.UsageError, match="SSLKEYLOGFILE is not set"):
        in_a_command(Given(keylog_env=True).secrets)
    assert Given().secrets() == ()


def test_scan_options_are_made_of_all_of_it() -> None:
    given = Given(local=("10.0.0.1",), merge=True, expressway_mode="on", key_log_files=("k",), max_packets=3)
    assert given.scan_options() == tlseku.ScanOptions(
        local=["10.0.0.1"], merge=True, rule_books=(), context=Context("on"), secrets=["k"], max_packets=3
    )
    (book,) = tlseku.load_rule_books(["go"])
    assert given.scan_options([book]).rule_books == (book,)


def test_no_issuers_named_are_none() -> None:
    assert Given().known_issuers() is None
    with pytest.raises(tlseku.CertificateFileError, match=r"no-such\.pem"):
        Given(ca_files=("no-such.pem",)).known_issuers()
