"""``tlseku.handshake.conclusion``: a flow over what its kind shares is a flow like any other."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace

import pytest

from tests.handshake.made import Made
from tests.handshake.test_conclusions import recording
from tlseku.flow import Flow, Presented
from tlseku.handshake.conclusion import FLOW_BYTES, FlowOfKind, conclusion_of

RECORDINGS = ["scenario1", "scenario2", "declined", "no-eku", "tls13", "wrong-eku-refused"]


def made(name: str) -> tuple[Flow, Flow]:
    """The second flow of its kind, and the same concluded by itself."""
    captured = Made(recording(name))
    flow = captured.flows[1]
    assert isinstance(flow.view, FlowOfKind)
    return flow, captured.conclusions.by_itself(captured.conclusions.recorded[flow.number])


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_attribute_is_that_of_the_flow_by_itself(name: str) -> None:
    flow, alone = made(name)
    for each in fields(Flow):
        assert getattr(flow, each.name) == getattr(alone, each.name), each.name
    assert flow == alone
    assert repr(flow) == repr(alone)


@pytest.mark.parametrize("name", RECORDINGS)
def test_it_is_copied_pickled_and_replaced_whole(name: str) -> None:
    flow, alone = made(name)
    assert pickle.loads(pickle.dumps(flow)) == alone
    assert copy.copy(flow) == alone
    assert copy.deepcopy(flow) == alone
    other = replace(flow, number=99)
    assert (other.number, other.kind) == (99, None)
    assert replace(other, number=flow.number) == alone


@pytest.mark.parametrize("name", RECORDINGS)
def test_where_each_chain_was_presented(name: str) -> None:
    flow, alone = made(name)
    for at, presented in enumerate(alone.presented):
        assert flow.sighting(at) == alone.sighting(at) == (alone.file, presented.frame)
        elsewhere = replace(presented, file="second.pcap")
        others = (*alone.presented[:at], elsewhere, *alone.presented[at + 1 :])
        assert replace(alone, presented=others).sighting(at) == ("second.pcap", presented.frame)


@pytest.mark.parametrize("name", RECORDINGS)
def test_frames_of_messages_are_those_of_each(name: str) -> None:
    flow, alone = made(name)
    frames = sorted({frame for each in flow.messages for frame in each.frames})
    assert flow.message_frames == alone.message_frames == tuple(frames)
    first = flow.messages[0]
    # One without ``frames`` came in its frame.
    assert replace(alone, messages=(replace(first, frames=()),)).message_frames == (first.frame,)


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_is_asked_once_is_the_same_and_not_kept(name: str) -> None:
    flow, alone = made(name)
    assert alone.asked_once is alone
    for each in fields(Flow):
        assert getattr(flow.asked_once, each.name) == getattr(alone, each.name), each.name
    assert flow.asked_once.client is not flow.asked_once.client


def test_what_is_kept_with_the_kind() -> None:
    flow, alone = made("scenario1")
    assert flow.kind is not None
    assert flow.kept_with_kind is flow.kind.kept
    assert alone.kept_with_kind is None


def test_an_attribute_is_made_once() -> None:
    flow, _ = made("scenario1")
    assert flow.presented is flow.presented
    assert flow.messages is flow.messages
    assert flow.client is flow.client


def test_what_flows_share_is_one_object() -> None:
    one, other = Made(recording("scenario1")).flows
    for first, second in zip(one.presented, other.presented, strict=True):
        assert first is not second
        assert first.judged is second.judged
        assert first.chain is second.chain
        assert first.rule_books is second.rule_books
        assert first.frame < second.frame


def test_what_was_presented_once_is_its_own() -> None:
    presented = made("scenario1")[1].presented[0]
    assert presented.judged is presented
    assert presented.shown(7, (6, 7), 8, "inbound") == replace(
        presented, frame=7, frames=(6, 7), ts=8, direction="inbound"
    )


@pytest.mark.parametrize("name", ["nothing", "kept", "seen_from", "_conclusion", "__len__"])
def test_there_are_no_other_attributes(name: str) -> None:
    flow, alone = made("scenario1")
    for each in (flow, alone, *flow.presented, *alone.presented):
        with pytest.raises(AttributeError, match=f"'{type(each).__name__}' object has no attribute '{name}'"):
            getattr(each, name)


def test_an_unset_attribute_of_a_broken_noun_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verdict'"):
        _ = object.__new__(Presented).verdict


def test_a_flow_with_a_defect_has_nothing_to_share() -> None:
    flow, alone = made("scenario1")
    assert conclusion_of(alone, [each.frame for each in alone.messages]) is not None
    from tlseku.flow import Defect

    assert conclusion_of(replace(alone, defects=(Defect("tls", "odd", 1),)), []) is None
    assert flow.defects == ()


def test_a_footprint_counts_chains() -> None:
    with_two, without = made("scenario1")[0].view, made("tls13")[0].view
    assert isinstance(with_two, FlowOfKind)
    assert isinstance(without, FlowOfKind)
    assert FLOW_BYTES < without.footprint < 1500
    assert with_two.footprint > without.footprint + 2 * 2048
