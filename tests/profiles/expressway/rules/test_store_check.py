"""``tlseku.profiles.expressway.rules.store_check``: what is said of stores, and what is not."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import build, ca
from tests.profiles.expressway.leafs import ANY_ONLY, BOTH, C_ONLY, OTHER, S_ONLY, leaf
from tests.profiles.expressway.rules.releases import is_about
from tests.profiles.expressway.rules.test_predict import leafs, releases
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.rules.store_check import LEVELS, UP1_MESSAGE, Remark, check_stores
from tlseku.x509.certificate import Certificate

ROOT = ca("Root")
ISSUING = ca("Issuing", issuer=ROOT)
SERVER = build(subject="s.example", issuer=ROOT, eku=S_ONLY).certificate()
CLIENT = build(subject="c.example", issuer=ISSUING).certificate()
R, M = ROOT.certificate(), ISSUING.certificate()
X15_3 = Release(15, 3)
YEAR_2030 = 1_893_456_000_000_000_000

Seen = list[tuple[str, str | None, str]]


def brief(remarks: tuple[Remark, ...]) -> Seen:
    return [(remark.level, remark.rule, remark.place) for remark in remarks]


def checked(
    server: tuple[str, ...] | str | None,
    client: tuple[str, ...] | str | None,
    release: Release = X15_5,
    same: bool = False,
) -> tuple[Remark, ...]:
    one = None if isinstance(server, str) else Store(leaf(server, "s"))
    two = None if isinstance(client, str) else Store(leaf(client, "s" if same else "c"))
    return check_stores(one, two, None, release)


@pytest.mark.parametrize(
    ("server", "client", "same", "expected"),
    [
        (BOTH, BOTH, False, [("fine", "CM8", "server"), ("fine", "UP1", "client")]),
        (BOTH, C_ONLY, False, [("fine", "CM8", "server"), ("fine", "UP1", "client")]),
        (
            BOTH,
            BOTH,
            True,
            [("caution", "ST6", "both"), ("fine", "CM8", "server"), ("fine", "UP1", "client")],
        ),
        (
            S_ONLY,
            BOTH,
            False,
            [
                ("caution", "UP2", "server"),
                ("fine", "CM8", "server"),
                ("fine", "UP1", "client"),
                ("fine", "ST8", "server"),
            ],
        ),
        (
            S_ONLY,
            S_ONLY,
            True,
            [
                ("wrong", "UP1", "client"),
                ("caution", "ST6", "both"),
                ("caution", "UP2", "both"),
                ("fine", "CM8", "server"),
                ("fine", "ST8", "server"),
            ],
        ),
        (BOTH, S_ONLY, False, [("wrong", "UP1", "client"), ("fine", "CM8", "server")]),
        (BOTH, OTHER, False, [("wrong", "UP1", "client"), ("fine", "CM8", "server")]),
        (BOTH, (), False, [("wrong", "UP1", "client"), ("fine", "CM8", "server")]),
        (BOTH, None, False, [("open", "UP1", "client"), ("fine", "CM8", "server")]),
        (BOTH, ANY_ONLY, False, [("open", "UP1", "client"), ("fine", "CM8", "server")]),
        (C_ONLY, BOTH, False, [("wrong", "CM8", "server"), ("fine", "UP1", "client")]),
        ((), BOTH, False, [("wrong", "CM8", "server"), ("fine", "UP1", "client")]),
        (ANY_ONLY, BOTH, False, [("open", "CM8", "server"), ("fine", "UP1", "client")]),
        (None, BOTH, False, [("fine", "CM8", "server"), ("fine", "UP1", "client")]),
        (BOTH, "no store", False, [("fine", "CM8", "server")]),
        ("no store", BOTH, False, [("fine", "UP1", "client")]),
        ("no store", "no store", False, []),
    ],
)
def test_two_stores(
    server: tuple[str, ...] | str | None, client: tuple[str, ...] | str | None, same: bool, expected: Seen
) -> None:
    assert brief(checked(server, client, same=same)) == expected


def test_the_products_own_message() -> None:
    (wrong,) = (one for one in checked(BOTH, S_ONLY) if one.level == "wrong")
    assert UP1_MESSAGE == (
        "Invalid certificate: The file provided does not have a client usage attribute. Services requiring mutual TLS"
        " may not work."
    )
    assert wrong.text == (
        "lists serverAuth and not clientAuth; an upload into the client store is refused: " + UP1_MESSAGE
    )
    assert UP1_MESSAGE in (statements()["UP1"].note or "")


@pytest.mark.parametrize("client", [BOTH, C_ONLY])
def test_no_message_where_the_upload_is_taken(client: tuple[str, ...]) -> None:
    assert not any(UP1_MESSAGE in one.text for one in checked(S_ONLY, client))


@pytest.mark.parametrize(
    ("server", "client", "same", "release", "expected"),
    [
        (BOTH, "no store", False, X15_4, [("fine", None, "server"), ("fine", "ST1", "server")]),
        (
            S_ONLY,
            "no store",
            False,
            X15_4,
            [("caution", "ST8", "server"), ("fine", None, "server"), ("fine", "ST1", "server")],
        ),
        (
            S_ONLY,
            "no store",
            False,
            X15_3,
            [("wrong", "RL1", "server"), ("fine", None, "server"), ("fine", "ST1", "server")],
        ),
        (
            S_ONLY,
            S_ONLY,
            True,
            X15_4,
            [("caution", "ST8", "server"), ("fine", None, "server"), ("fine", "ST1", "server")],
        ),
        (S_ONLY, BOTH, False, X15_4, [("wrong", "ST1", "both"), ("fine", None, "server")]),
        (None, "no store", False, X15_4, [("fine", None, "server"), ("fine", "ST1", "server")]),
    ],
)
def test_one_store(
    server: tuple[str, ...] | None,
    client: tuple[str, ...] | str,
    same: bool,
    release: Release,
    expected: Seen,
) -> None:
    assert brief(checked(server, client, release, same)) == expected


@pytest.mark.parametrize(
    ("release", "role", "level", "rule", "words"),
    [
        (X15_4, "core", "wrong", "RL5", "the switch of x15.4 does not run on a Core (RL2)"),
        (X15_4, "edge", "caution", "ST8", "only with the switch on, and never on a Core (RL2)"),
        (X15_3, "core", "wrong", "RL5", "the web interface refuses it (RL1)"),
        (X15_3, "edge", "wrong", "RL3", "the SIP registration of MRA fails with it"),
    ],
)
def test_one_store_by_role(
    release: Release, role: Literal["core", "edge"], level: str, rule: str, words: str
) -> None:
    server = Store(leaf(S_ONLY))
    (found,) = (one for one in check_stores(server, None, None, release, None, role) if one.level != "fine")
    assert (found.level, found.rule) == (level, rule)
    assert words in found.text
    assert ("EnableServerEkuUpload" in (found.to_do or "")) is (rule == "ST8")


def test_the_switch_of_x15_4() -> None:
    (caution,) = (one for one in checked(S_ONLY, "no store", X15_4) if one.rule == "ST8")
    assert caution.to_do == "on the Edge: xConfiguration XCP TLS Certificate CVS EnableServerEkuUpload: On"


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        (None, []),
        ((R, M), [("fine", "ST5", "server"), ("fine", "ST5", "client")]),
        ((R,), [("caution", "ST5", "client"), ("fine", "ST5", "server")]),
        ((M,), [("wrong", "ST5", "server"), ("fine", "ST5", "client")]),
        ((), [("wrong", "ST5", "server"), ("wrong", "ST5", "client")]),
    ],
)
def test_trusted_cas(trusted: tuple[Certificate, ...] | None, expected: Seen) -> None:
    found = check_stores(Store(SERVER), Store(CLIENT, (M,)), trusted)
    assert [one for one in brief(found) if one[1] == "ST5"] == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (None, None),
        (1_780_000_000_000_000_000, ("fine", "valid, 217 days left")),
        (YEAR_2030, ("wrong", "expired 1,096 days earlier")),
        (0, ("wrong", "not valid for another 20,454 days")),
    ],
)
def test_validity(time: int | None, expected: tuple[str, str] | None) -> None:
    found = check_stores(Store(SERVER), None, None, X15_5, time)
    plain = [(one.level, one.text) for one in found if one.rule is None]
    assert plain == ([] if expected is None else [expected])


def test_what_cannot_be_read() -> None:
    found = check_stores(Store(leaf(None, "s", readable=False)), Store(leaf(None, "c", eku_readable=False)))
    assert brief(found) == [
        ("wrong", None, "server"),
        ("open", "CM8", "server"),
        ("open", "UP1", "client"),
    ]


def test_several_leafs() -> None:
    (remark, *_) = check_stores(Store(leaf(BOTH), (), 3), None)
    assert (remark.level, remark.text) == (
        "caution",
        "the file has 3 certificates that could be the leaf; the first counts",
    )


stores = st.none() | leafs.filter(lambda one: one is not None).map(Store)  # type: ignore[arg-type]


@given(stores, stores, releases, st.none() | st.just(YEAR_2030))
def test_remarks_are_sorted_and_cite_rules_of_the_release(
    server: Store | None, client: Store | None, release: Release, time: int | None
) -> None:
    found = check_stores(server, client, (), release, time)
    order = [list(LEVELS).index(remark.level) for remark in found]
    assert order == sorted(order)
    for remark in found:
        assert remark.text
        assert remark.rule is None or is_about(statements()[remark.rule], release)
        assert (remark.to_do is None) is (remark.level == "fine")


@pytest.mark.parametrize(("serial", "told"), [(7, True), (8, False)])
def test_the_same_serial_under_two_issuers(serial: int, told: bool) -> None:
    server = Store(build(issuer=ca("One"), serial=7).certificate())
    client = Store(build(issuer=ca("Two"), serial=serial).certificate())
    found = [one for one in check_stores(server, client) if "share the serial number" in one.text]
    assert [(one.level, one.place) for one in found] == ([("caution", "both")] if told else [])
