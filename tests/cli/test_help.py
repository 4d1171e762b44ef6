"""Help tells the truth: every command and option is documented, and the documentation is current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Run
from tests.cli.help_pages import PATH, help_of, page
from tlseku.cli import main
from tlseku.cli.group import COMMANDS
from tlseku.output.reports.findings import FINDINGS


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


def section(name: str) -> str:
    text = PATH.read_text(encoding="utf-8")
    return text.split(f"\n## tlseku {name}\n", 1)[1].split("\n## ", 1)[0]


def test_the_page_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m tests.cli.help_pages"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_explained(name: str) -> None:
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert all(option in section(name) for option in parameter.opts)
        else:
            assert parameter.make_metavar(click.Context(command(name))) in section(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    assert f"  tlseku {name} " in help_of(name).split("Example", 1)[1]


def test_every_word_of_fail_on_is_explained() -> None:
    for word, meaning in FINDINGS.items():
        assert f"    {word:<12}  {meaning}\n" in section("flows")


def test_the_group_lists_every_command_with_its_help() -> None:
    text = help_of(None)
    for name, short in COMMANDS.items():
        assert f"  {name:<10}  {short}\n" in text


@pytest.mark.parametrize("args", [(), ("--help",), ("-h",)])
def test_group_help(args: tuple[str, ...], run: Run) -> None:
    result = run(*args, terminal_width=80)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == help_of(None) + "\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_command_help(name: str, run: Run) -> None:
    result = run(name, "--help", terminal_width=80)
    assert (result.exit_code, result.stdout) == (0, help_of(name) + "\n")


def test_version(run: Run) -> None:
    from tlseku import __version__, how_built

    assert how_built() in ("compiled", "pure Python")
    assert run("--version").stdout == f"tlseku {__version__} ({how_built()})\n"


def test_help_is_light() -> None:
    program = (
        "import sys; sys.argv = ['tlseku', '--help']\n"
        "from tlseku.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'cryptography', 'asn1crypto', 'dpkt', 'rich', 'tlseku.cli.commands.flows', 'tlseku.output.reports.flow_table'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "Commands:" in done.stdout


WHEN_FIRST_MET = {
    *("cryptography", "asn1crypto", "dpkt", "rich", "pyarrow", "pandas", "jinja2", "re2"),
    *(
        "tlseku.network.decode.exported_pdu",
        "tlseku.network.decode.rare_links",
        "tlseku.network.decode.wireless",
    ),
    *("tlseku.parallel.through_editcap", "tlseku.decryption.record_decryptor", "tlseku.registry.link_layer"),
}
"""What a plain capture does not need, and is brought in by what does."""


@pytest.mark.parametrize(
    ("form", "also"), [("table", {"json", "tlseku.output.json.flow_json"}), ("ndjson", set())]
)
def test_a_small_capture_loads_little(form: str, also: set[str]) -> None:
    """What is imported is most of what a small capture costs. More than this needs a reason."""
    program = (
        f"import sys; sys.argv = ['tlseku', 'flows', '-T', '{form}', 'captures/test-case-1.pcap']\n"
        "before = len(sys.modules)\n"
        "from tlseku.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "own = [name for name in sys.modules if name.startswith('tlseku')]\n"
        f"heavy = sorted({WHEN_FIRST_MET | also!r} & set(sys.modules))\n"
        "sys.stderr.write(f'{len(sys.modules) - before} {len(own)} {heavy}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    *_, said = done.stderr.splitlines()
    modules, own, heavy = said.split(" ", 2)
    assert heavy == "[]"
    # Eight are for whose software asks, by a table that is read where a certificate was asked for; four for issuing paths
    # and releases of rule-books.
    assert int(modules) <= 339
    # Every room counts with its own ``__init__``, some thirty of them; a conclusion is made of twenty small modules, and
    # the exit code of what was stopped stands in one of its own.
    assert int(own) <= 238
