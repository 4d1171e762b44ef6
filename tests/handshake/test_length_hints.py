"""TLS 1.3 from the outside, on the lengths that OpenSSL, Go, Java and NSS really send (``tests/refusals``)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.handshake.length_hints import Outline, ProtectedRecord, outline

AES256, AES128, CHACHA, CCM8 = 0x1302, 0x1301, 0x1303, 0x1305
SENT = "is long enough for a certificate: the client seems to have presented one"
EMPTY = "is as long as an empty Certificate: asked for one, the client seems to have had none to show"
NONE = "is as long as a Finished: the server seems to have asked for no certificate"
ALERT = "after the client's last flight the server sent only one record as long as an alert and the connection was closed"
COMPLETED = "inferred: the server sent data after the client's last flight"
ENCRYPTED = "TLS 1.3: what came after ServerHello is encrypted"


def sealed(text: str) -> list[ProtectedRecord]:
    """``S23 C69``: who sent how much; frames count from 10."""
    return [
        ProtectedRecord(word[0] == "C", int(word[1:]), number) for number, word in enumerate(text.split(), 10)
    ]


def see(text: str, cipher: int = AES256, *, hint: bool = True, closed: str | None = "server") -> Outline:
    return outline(sealed(text), cipher, may_hint_at_certificate=hint, closed_by=closed)  # type: ignore[arg-type]


def certificate(found: Outline) -> str | None:
    said = [each.text for each in found.hints if each.what == "client_certificate"]
    return said[0].partition("last flight ")[2] if said else None


def refused(found: Outline) -> bool:
    return any(each.what == "refused" for each in found.hints)


REAL = {
    "openssl, taken": (
        "S23 S93 S1060 S281 S69 C852 C96 C69 S682 C35 S682 S32 S18",
        AES256,
        "completed",
        SENT,
    ),
    "openssl, refused": ("S23 S93 S1060 S281 S69 C853 C96 C69 S19 C35", AES256, "unknown", SENT),
    "openssl, empty and refused": ("S23 S93 S1060 S281 S69 C25 C69 S19 C35", AES256, "unknown", EMPTY),
    "openssl, empty and taken": (
        "S23 S93 S1059 S281 S69 C25 C69 S250 S250 C35 S32 S18",
        AES256,
        "completed",
        EMPTY,
    ),
    "go, taken": ("S23 S93 S669 S281 S53 C852 C95 C53 S974 C35 S35 S19", AES128, "completed", SENT),
    "go, refused": ("S23 S93 S669 S281 S53 C853 C97 C53 S19 C35", AES128, "unknown", SENT),
    "go, empty and refused": ("S23 S93 S669 S281 S53 C25 C53 S19 C35", AES128, "unknown", EMPTY),
    "java, taken": ("S65 S147 S685 S297 S85 C852 C95 C69 C35 S1775 S51 S35 S35", AES256, "completed", SENT),
    "java, refused": ("S65 S147 S685 S297 S85 C853 C96 C69 S35 C35", AES256, "unknown", SENT),
    "java, empty and refused": ("S65 S147 S685 S297 S85 C25 C69 S35 C35", AES256, "unknown", EMPTY),
    "nss, taken": ("S1455 C852 C96 C53 C35 S154 S19", AES128, "completed", SENT),
    "nss, refused": ("S1455 C853 C96 C53 S19 C35", AES128, "unknown", SENT),
    "nss, empty and refused": ("S1455 C25 C53 S19 C35", AES128, "unknown", EMPTY),
}


@pytest.mark.parametrize("case", REAL)
def test_real_lengths(case: str) -> None:
    text, cipher, outcome, said = REAL[case]
    found = see(text, cipher)
    assert (found.outcome, certificate(found), refused(found)) == (outcome, said, outcome == "unknown")
    assert found.basis == (COMPLETED if outcome == "completed" else ENCRYPTED)


CERTIFICATE = [
    ("C53", AES128, NONE),
    ("C53", CHACHA, NONE),
    ("C69", AES256, NONE),
    ("C45", CCM8, NONE),
    ("C69", AES128, NONE),  # padded as Java does
    ("C85", AES256, NONE),
    ("C25", AES128, EMPTY),
    ("C41", AES256, EMPTY),
    ("C17", CCM8, EMPTY),
    ("C61", AES128, EMPTY),  # with the Finished in one record
    ("C77", AES256, EMPTY),
    ("C200", AES128, SENT),
    ("C53", AES256, None),
    ("C24", AES128, None),
    ("C26", AES128, None),
    ("C199", AES128, None),
    ("C0", AES128, None),
]


@pytest.mark.parametrize(("first", "cipher", "said"), CERTIFICATE)
def test_the_first_record_of_the_client_s_flight(first: str, cipher: int, said: str | None) -> None:
    assert certificate(see(f"S900 {first}", cipher)) == said
    assert certificate(see(f"S900 {first}", cipher, hint=False)) is None


def test_a_hint_names_its_frames() -> None:
    found = see("S900 C853 C69 S19", AES256)
    assert [each.frames for each in found.hints] == [(11,), (11, 13)]
    assert (
        found.hints[0].text
        == f"by its length (853 bytes), the first record of the client's last flight {SENT}"
    )
    assert found.hints[1].text == f"{ALERT}: so looks a refusal, and so does a goodbye"


REFUSED = {
    "an alert, not closed": ("S900 C69 S19", None, True),
    "an alert of CCM_8 with another suite": ("S900 C69 S11", "server", False),
    "closed by the server without a word": ("S900 C69", "server", True),
    "closed by the client without a word": ("S900 C69", "client", False),
    "closed by nobody knows whom": ("S900 C69", "unknown", False),
    "not closed": ("S900 C69", None, False),
    "the client answers with an alert": ("S900 C19", "client", True),
    "two short records": ("S900 C69 S19 S19", "server", False),
    "a short and a long record": ("S900 C69 S19 S200", "server", False),
    "a ticket": ("S900 C69 S250", "server", False),
    "data half an alert longer": ("S900 C69 S20", "server", False),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    text, closed, hinted = REFUSED[case]
    assert refused(see(text, closed=closed)) is hinted


@pytest.mark.parametrize("text", ["", "S900", "S900 S69", "C100", "C100 C200", "C35 S900 S69"])
def test_without_the_client_s_flight_there_is_no_outline(text: str) -> None:
    """Early data comes before the server speaks, and is no flight."""
    assert see(text) == Outline(None, "", ())


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 1 << 24), st.integers(1, 99)), max_size=40),
    st.integers(0, 0xFFFF),
    st.booleans(),
    st.sampled_from(["client", "server", "unknown", None]),
)
def test_any_records(
    records: list[tuple[bool, int, int]], cipher: int, hint: bool, closed: str | None
) -> None:
    found = outline(
        [ProtectedRecord(*each) for each in records],
        cipher,
        may_hint_at_certificate=hint,
        closed_by=closed,  # type: ignore[arg-type]
    )
    assert found.outcome in (None, "completed", "unknown")
    assert (found.outcome is None) == (found.basis == "")
    assert len(found.hints) <= 2
    if found.outcome == "completed":
        assert not refused(found)
    frames = {frame for _, _, frame in records}
    assert all(set(each.frames) <= frames for each in found.hints)


def test_random_records_never_raise(seeded: random.Random) -> None:
    for _ in range(2000):
        records = [
            ProtectedRecord(seeded.random() < 0.5, seeded.choice([0, 11, 19, 25, 35, 53, 69, 850]), index)
            for index in range(seeded.randrange(12))
        ]
        found = outline(records, AES128, may_hint_at_certificate=True, closed_by="server")
        assert found.outcome != "completed" or any(not each.from_client for each in records)
