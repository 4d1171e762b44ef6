"""What ``.github`` says to the forge: its syntax, the rights that it takes, and that what it names exists."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FORGE = PROJECT / ".github"

SCRIPT = (PROJECT / "tests/run").read_text(encoding="utf-8")

WORKFLOWS = sorted(FORGE.glob("workflows/*.yml"))

SCHEMAS = {
    "workflows/release.yml": "github-workflows",
    "workflows/tests.yml": "github-workflows",
    "dependabot.yml": "dependabot",
    "ISSUE_TEMPLATE/bug.yml": "github-issue-forms",
    "ISSUE_TEMPLATE/config.yml": "github-issue-config",
    "ISSUE_TEMPLATE/feature.yml": "github-issue-forms",
    "ISSUE_TEMPLATE/rule.yml": "github-issue-forms",
}
"""Each file, and the schema that check-jsonschema brings for it."""

ACTIONS = {
    "actions/checkout@v4",
    "actions/download-artifact@v4",
    "actions/setup-python@v5",
    "actions/upload-artifact@v4",
    "pypa/gh-action-pypi-publish@release/v1",
}
"""Code of others that the workflows run. Another one is looked at by a person first, and then stands here."""


def schema_errors(path: Path, schema: str) -> str:
    """What the schema finds wrong in a file; nothing is fetched."""
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema, of the test extra")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(check, capture_output=True, check=False, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_file_keeps_to_its_schema(name: str, schema: str) -> None:
    assert schema_errors(FORGE / name, schema) == ""


@pytest.mark.parametrize(
    ("schema", "wrong", "found"),
    [
        ("github-workflows", "on: push\njobs: {a: {steps: []}}\n", "is not valid under any"),
        (
            "github-workflows",
            "on: push\njobs: {a: {runs-on: x, steps: [{use: y}]}}\n",
            "is not valid under any",
        ),
        ("github-issue-forms", "name: a\ndescription: b\n", "'body' is a required property"),
        ("dependabot", "version: 3\nupdates: []\n", "2 was expected"),
    ],
)
def test_the_schema_finds_what_is_wrong(tmp_path: Path, schema: str, wrong: str, found: str) -> None:
    path = tmp_path / "file.yml"
    path.write_text(wrong, encoding="utf-8")
    assert found in schema_errors(path, schema)


def test_every_file_has_a_schema() -> None:
    assert sorted(path.relative_to(FORGE).as_posix() for path in FORGE.rglob("*.yml")) == sorted(SCHEMAS)


def test_the_actions_are_those_that_somebody_looked_at() -> None:
    used = {
        action
        for path in WORKFLOWS
        for action in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    }
    assert used == ACTIONS


def test_only_publishing_may_more_than_read() -> None:
    given = {
        path.name: re.findall(
            r"^ *([a-z-]+): (?:write|write-all|admin)\b", path.read_text(encoding="utf-8"), re.M
        )
        for path in WORKFLOWS
    }
    assert given == {"release.yml": ["id-token"], "tests.yml": []}
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert "\npermissions:\n  contents: read\n" in text
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")
        assert "secrets." not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_files_that_a_workflow_names_exist(path: Path) -> None:
    named = re.findall(r"\b(?:tests|captures|docs)/[\w/.-]*\w", path.read_text(encoding="utf-8"))
    assert named
    assert [each for each in named if not (PROJECT / each).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_extras_that_a_workflow_names_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    setup = ConfigParser()
    setup.read(PROJECT / "setup.cfg", encoding="utf-8")
    assert set(re.findall(r"\.\[(\w+)\]", text)) <= set(setup["options.extras_require"])


def test_the_options_of_tests_run_exist() -> None:
    text = (FORGE / "workflows/tests.yml").read_text(encoding="utf-8")
    options = re.findall(r"tests/run (--[\w-]+)", text)
    assert options == ["--quick", "--coverage"]
    assert all(f" {option} " in SCRIPT for option in options)


def test_the_steps_by_hand_are_those_of_the_quick_tier() -> None:
    text = (FORGE / "workflows/tests.yml").read_text(encoding="utf-8")
    core = re.findall(r"^core=\((.*?)\)", SCRIPT, re.MULTILINE | re.DOTALL)[0].split()
    chosen, folders = re.findall(r'--dist loadgroup -m ("[^"]*") (.*)', text)[0]
    assert folders.split() == core
    assert f'--dist loadgroup -m {chosen} "${{core[@]}}"' in SCRIPT
    assert "extra=quick\n" in SCRIPT
    assert "'.[quick]'" in text


def test_every_python_that_the_package_names_is_tested_and_has_wheels() -> None:
    setup = (PROJECT / "setup.cfg").read_text(encoding="utf-8")
    versions = re.findall(r"Python :: (3\.\d+)", setup)
    assert versions[0] == setup[setup.index("python_requires = >=") :].splitlines()[0].removeprefix(
        "python_requires = >="
    )
    tests, release = (FORGE / "workflows" / name for name in ("tests.yml", "release.yml"))
    matrix = re.findall(r'"(3\.\d+)"', re.findall(r"python: \[(.*)\]", tests.read_text(encoding="utf-8"))[0])
    assert matrix == versions
    built = re.findall(r"CIBW_BUILD: (.*)", release.read_text(encoding="utf-8"))[0].split()
    assert built == [f"cp{version.replace('.', '')}-*" for version in versions]


def test_the_form_for_bugs_names_real_options() -> None:
    form = (FORGE / "ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8")
    options = re.findall(r"--[a-z-]+", re.findall(r"tlseku extract (.*)", form)[0])
    assert options == ["--anonymise", "--drop-secrets"]
    help_page = subprocess.run(
        [sys.executable, "-m", "tlseku", "extract", "--help"], capture_output=True, text=True, check=True
    )
    assert set(options) <= set(re.findall(r"--[a-z-]+", help_page.stdout))


def test_security_names_no_address() -> None:
    text = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert re.findall(r"\S+@\S+|https?://\S+", text) == []
