"""``tlseku.policy.rule_books.library``: which books there are and how they are chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy.rule_books.books import HEAD, LAST
from tlseku.policy.rule_books import BUILT_IN, RuleBookError, load_rule_books

THERE = ", ".join(BUILT_IN)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + LAST, encoding="utf-8")
    return file


def names(*arguments: object, **more: object) -> list[str]:
    return [book.name for book in load_rule_books(*arguments, **more)]  # type: ignore[arg-type]


def test_choosing(mine: Path) -> None:
    assert names() == list(BUILT_IN)
    assert names(None, [mine]) == [*BUILT_IN, "mine"]
    assert names(["java", "openssl", "java"]) == ["java", "openssl"]
    assert names(["mine", "go"], [str(mine)]) == ["mine", "go"]
    assert names(["go"], [mine]) == ["go"]
    assert names([]) == []
    assert names(["go@1.26", "mine@2"], [mine]) == ["go@1.26", "mine@2"]
    assert load_rule_books(["go"])[0] is load_rule_books(["go"])[0]


def test_what_cannot_be_chosen(mine: Path, tmp_path: Path) -> None:
    same = tmp_path / "same.toml"
    same.write_text((HEAD + LAST).replace('"mine"', '"go"'), encoding="utf-8")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"\xff")
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * 250_001)
    there = [
        (["gone"], [], f"there is no rule-book 'gone'; there are {THERE}"),
        (["go@new"], [], "go@new: must be a release, written as 1.26"),
        (["gone@1"], [], f"there is no rule-book 'gone'; there are {THERE}"),
        (["gone"], [mine], f"there is no rule-book 'gone'; there are {THERE}, mine"),
        (["mine"], [], f"there is no rule-book 'mine'; there are {THERE}"),
        (
            None,
            [tmp_path / "none.toml"],
            f"{tmp_path / 'none.toml'}: cannot open it: No such file or directory",
        ),
        (None, [tmp_path], f"{tmp_path}: cannot open it: Is a directory"),
        (None, [same], f"{same}: name: there is a rule-book 'go' already"),
        (None, [mine, mine], f"{mine}: name: there is a rule-book 'mine' already"),
        (None, [latin], f"{latin}: not TOML: not UTF-8 text"),
        (None, [huge], f"{huge}: more than 250,000 characters"),
        (None, ["a\0b"], "'a\\x00b': embedded null byte"),
    ]
    for chosen, files, said in there:
        with pytest.raises(RuleBookError) as caught:
            load_rule_books(chosen, files)  # type: ignore[arg-type]
        assert str(caught.value) == said


def test_what_ships(project: Path) -> None:
    data = project / "tlseku" / "policy" / "rule_books" / "data"
    assert sorted(file.stem for file in data.iterdir()) == sorted(BUILT_IN)
    for book in load_rule_books():
        assert book.evidence != "own"
        for rule in book.rules:
            assert rule.id.startswith(f"{book.name}/") or (
                book.name == "expressway-15.5" and rule.id[:2] == "CM"
            )
            assert ("not-measured" in rule.id) == rule.reason.startswith("not measured: ")
            assert rule.evidence != "own"
            if "not-measured" in rule.id:
                assert rule.outcome == "unknown"
            if rule.outcome in ("accept", "refuse") and rule.evidence == "run":
                assert any(character.isdigit() for character in rule.versions), rule.id
