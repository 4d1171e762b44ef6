"""Flows through records, trees, JSON and pickles come out as they went in."""

from __future__ import annotations

import copy
import hashlib
import marshal
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests.output.samples import EVERY, EVIL
from tests.parallel.traffic import capture
from tlseku.encoding.pickled import reduced, unpickled
from tlseku.encoding.records import MAX_PARTS, RecordReader, RecordWriter, part_from_tree
from tlseku.encoding.trees import (
    NOUNS,
    SCHEMA,
    Tree,
    UnknownTree,
    from_json,
    from_tree,
    names_of_fields,
    to_json,
    tree_of,
)
from tlseku.handshake.conclusion import FlowOfKind

CAPTURES = sorted(str(path) for path in Path(__file__).parents[2].joinpath("captures").glob("*.pcap*"))
REFUSED = next(path for path in CAPTURES if path.endswith("wrong-eku-refused.pcap"))
FORMS: dict[str, Callable[[Tree], Tree]] = {
    "plain": lambda tree: tree,
    "json": lambda tree: from_json(to_json(tree)),
    "marshal": lambda tree: marshal.loads(marshal.dumps(tree)),
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> list[tlseku.Flow]:
    """Of every capture of the project, of many kinds, and written by hand; with and without a vantage."""
    path = tmp_path_factory.mktemp("kinds") / "kinds.pcap"
    path.write_bytes(capture(1, 60))
    again = [*CAPTURES] * 4
    found = [*tlseku.read(*again), *tlseku.read(str(path), local=["192.0.2.0/24"]), *EVERY, EVIL]
    assert 10 < sum(isinstance(each.view, FlowOfKind) for each in found) < len(found) - 10
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_record_makes_the_same_flow(flows: list[tlseku.Flow], form: str) -> None:
    through = FORMS[form]
    writer, reader = RecordWriter(), RecordReader()
    for flow in flows:
        record = through(writer.record(flow))
        begins, new = writer.take_new()
        assert begins is (flow is flows[0])
        for each in new:
            reader.add(each.number, through(each.tree()))
        assert isinstance(record, tuple | list)
        back = reader.flow(record)
        assert back == flow
        assert tlseku.flow_to_json(back, full=True) == tlseku.flow_to_json(flow, full=True)
        assert reader.flow(record, 7).number == flow.number + 7
        assert tlseku.flow_to_dict(reader.flow(record, 7))["flow"] == flow.number + 7


def test_a_pickle_makes_the_same_flow(flows: list[tlseku.Flow]) -> None:
    for flow in flows:
        back = pickle.loads(pickle.dumps(flow))
        assert (back, hash(back), repr(back)) == (flow, hash(flow), repr(flow))
        assert copy.copy(flow) == copy.deepcopy(flow) == flow
    assert pickle.loads(pickle.dumps(flows)) == flows


def test_pickles_are_small(flows: list[tlseku.Flow]) -> None:
    ders = {each.der for flow in flows for presented in flow.presented for each in presented.chain}
    assert len(pickle.dumps(flows)) < sum(map(len, ders)) + 1500 * len(flows)
    (flow,) = tlseku.read(REFUSED)
    assert len(pickle.dumps(flow)) < 2000
    # Of certificates keys and signatures stay as large as they are.
    for each in flows:
        own = {certificate.der for presented in each.presented for certificate in presented.chain}
        assert len(pickle.dumps(each)) < 2500 + sum(map(len, own)) + len(each.messages) * 40


def test_facts_that_were_changed_stay_changed(flows: list[tlseku.Flow]) -> None:
    flow = next(each for each in flows if each.presented and each.presented[0].chain)
    presented = flow.presented[0]
    leaf = replace(presented.chain[0], public_issuer=True, subject="CN=changed")
    changed = replace(flow, presented=(replace(presented, chain=(leaf, *presented.chain[1:])),))
    assert pickle.loads(pickle.dumps(changed)).presented[0].chain[0].subject == "CN=changed"


def test_what_is_shared_is_told_once(flows: list[tlseku.Flow]) -> None:
    writer = RecordWriter()
    flow = next(each for each in flows if isinstance(each.view, FlowOfKind) and each.presented)
    first = writer.record(flow)
    told = len(writer.take_new()[1])
    assert told > 3
    assert writer.record(flow) == first
    assert writer.take_new() == (False, [])


def test_too_many_parts_are_told_anew() -> None:
    writer = RecordWriter()
    kept = [object() for _ in range(MAX_PARTS + 1)]
    for each in kept:
        writer.part(each)
    writer.take_new()
    writer.make_room()
    assert writer.part(kept[-1]) == 0
    begins, (new,) = writer.take_new()
    assert (begins, new.number, new.noun) == (True, 0, kept[-1])


def test_the_schema_is_another_where_a_noun_is() -> None:
    """Whoever adds a field at the end, with a value of its own, writes the new digest; any other change is another
    ``SCHEMA``, since datasets and pickles hold trees."""
    told = "\n".join(f"{noun.__name__}: {' '.join(names_of_fields(noun))}" for noun in NOUNS)
    assert (SCHEMA, hashlib.sha256(told.encode()).hexdigest()[:16]) == (2, "263061eb872275ec")


@pytest.mark.parametrize(
    "tree",
    [
        (),
        [],
        (9, 1),
        (-1,),
        (10_000,),
        ("Flow",),
        (2, 0),
        (2,),
        (1, "key"),
        (11, "192.0.2.1", 1, 2),
        (None,),
        (0, (2, 5)),
    ],
    ids=repr,
)
def test_what_is_no_tree_is_told(tree: Tree) -> None:
    with pytest.raises(UnknownTree, match="another version of tlseku, or is damaged"):
        from_tree(tree, RecordReader().part)


@pytest.mark.parametrize("text", ["", "{", '{"a":1}', '{"b":1}', '{"b":"?"}', "[" * 100_000])
def test_what_is_no_json_of_a_tree_is_told(text: str) -> None:
    with pytest.raises(UnknownTree):
        from_json(text)


def test_only_nouns_become_trees() -> None:
    for value in (object(), {1, 2}, len, tlseku.ScanOptions()):
        with pytest.raises(TypeError, match="no part of a flow"):
            tree_of(value, lambda noun: None)


def test_damage_is_an_error_of_one_kind(flows: list[tlseku.Flow]) -> None:
    randomly = random.Random(1)
    writer = RecordWriter()
    records = [writer.record(flow) for flow in flows[:20]]
    parts = {each.number: each.tree() for each in writer.take_new()[1]}

    def damaged(tree: Tree) -> Tree:
        if isinstance(tree, tuple) and tree and randomly.random() < 0.8:
            at = randomly.randrange(len(tree))
            return (*tree[:at], damaged(tree[at]), *tree[at + 1 :])
        return randomly.choice([None, -1, 0, 2, 12, 1 << 70, "", "x", b"x", (), (2, 3), (10, 1), True])

    told = 0
    for _ in range(600):
        reader = RecordReader()
        for number, tree in parts.items():
            reader.add(number, damaged(tree) if randomly.random() < 0.1 else tree)
        try:
            reader.flow(damaged(randomly.choice(records)))  # type: ignore[arg-type]
        except UnknownTree:
            told += 1
    assert told > 200


@pytest.mark.parametrize(("number", "of_kind"), [(1, False), (4, True)])
def test_a_pickle_that_was_made_by_nobody_is_told(number: int, of_kind: bool) -> None:
    flow = tlseku.read(*[REFUSED] * 4)[number - 1]
    own, shared, certificates, is_packed = reduced(flow)[1]
    assert (flow.number, is_packed) == (number, of_kind)
    assert isinstance(own, bytes)
    assert isinstance(shared, bytes)
    assert isinstance(certificates, tuple)
    place, behind, packed = certificates[0]
    other: tuple[tuple[int, int, bytes], ...]
    for other in ((), ((0, 0, b"x"),), ((1, -1, b"x"),), ((0, 5, b""),), ((place, behind, packed[:-9]),)):
        with pytest.raises(UnknownTree):
            unpickled(own, shared, other, of_kind)
    for own_of_nobody in (b"", own[:-9], b"x" + own, own[::-1]):
        with pytest.raises(UnknownTree):
            unpickled(own_of_nobody, shared, certificates, of_kind)
    for shared_of_nobody in (b"", shared[:-9], b"x" + shared):
        with pytest.raises(UnknownTree):
            unpickled(own, shared_of_nobody, certificates, of_kind)
    assert part_from_tree(b"no DER") == part_from_tree(b"no DER")
