"""Exported chains: read by openssl, named by digests, with a manifest that tells all."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.output.records import real
from tests.output.samples import DAMAGED, DECLINED, EVERY, EVIL, HOSTILE_READ_BACK, SCENARIO_1, renumbered
from tests.schemas import schema
from tlseku.filter import compile_for_certificates
from tlseku.flow import Flow
from tlseku.output.records.certificate_export import MANIFEST, Export, File, Wanted, pem
from tlseku.x509.pem import read_certificates


def exported(flows: Iterable[Flow], wanted: Wanted | None = None) -> Iterator[File]:
    """The files of every chain in which a wanted certificate stands; the manifest comes last."""
    export = Export(wanted)
    for flow in flows:
        yield from export.files_of(flow)
    yield export.manifest()


def files(*flows: object, **rest: object) -> dict[str, bytes]:
    return {file.name: file.data for file in exported(flows, **rest)}  # type: ignore[arg-type]


def test_openssl_reads_every_certificate(tmp_path: Path) -> None:
    for name, data in files(*real.flows()).items():
        if name.endswith(".json"):
            continue
        path = tmp_path / Path(name).name
        path.write_bytes(data)
        form = "PEM" if name.endswith(".pem") else "DER"
        done = subprocess.run(
            ["openssl", "x509", "-inform", form, "-in", path, "-noout", "-fingerprint", "-sha256"],
            capture_output=True,
            text=True,
            check=True,
        )
        if form == "DER":
            assert done.stdout.partition("=")[2].strip().replace(":", "").lower() == path.stem


def test_a_chain_is_in_the_order_sent() -> None:
    flow = real.flow("scenario1")
    found = files(flow)
    manifest = json.loads(found[MANIFEST])
    for entry, presented in zip(manifest["chains"], flow.presented, strict=True):
        assert read_certificates(found[entry["pem"]]) == [each.der for each in presented.chain]
        assert [found[one["der"]] for one in entry["certificates"]] == [each.der for each in presented.chain]


@pytest.mark.parametrize("flows", [EVERY, real.flows(), ()], ids=["samples", "captures", "none"])
def test_the_manifest_follows_its_schema(flows: tuple[Flow, ...]) -> None:
    Draft202012Validator(schema("export")).validate(json.loads(files(*flows)[MANIFEST]))


def test_the_manifest() -> None:
    manifest = json.loads(files(SCENARIO_1, renumbered(SCENARIO_1, 2))[MANIFEST])
    assert manifest["schema"] == "tlseku/export/1"
    server, client = manifest["chains"]
    assert [one["serial"] for one in client["certificates"]] == ["2f0000004c869c77c8981becde00000000004c"]
    assert len(server["certificates"]) == 2
    assert client["sightings"] == [
        {
            "flow": number,
            "file": "scenario-1.pcap.gz",
            "frame": 13718,
            "role": "client",
            "client": {"ip": "10.106.80.31", "port": 25003},
            "server": {"ip": "163.129.37.32", "port": 5061},
            "verdict": "ok",
            "entries_missing": False,
        }
        for number in (1, 2)
    ]


def test_a_chain_is_one_file_however_often_it_was_seen() -> None:
    once, twice = files(SCENARIO_1), files(SCENARIO_1, SCENARIO_1)
    assert once.keys() == twice.keys()


def test_what_is_unreadable_is_exported_as_it_came() -> None:
    assert files(DAMAGED)["certificates/" + "ab" * 32 + ".der"] == b"\x30\x80"


def test_an_empty_list_is_no_chain() -> None:
    manifest = json.loads(files(DECLINED)[MANIFEST])
    assert [entry["sightings"][0]["role"] for entry in manifest["chains"]] == ["server"]


def test_only_chains_with_a_wanted_certificate() -> None:
    found = files(*EVERY, wanted=compile_for_certificates("x509.serial == 9c"))
    assert len(found) == 3
    assert len(files(*EVERY, wanted=compile_for_certificates("x509.serial == 1"))) == 1


def test_hostile_text_stays_out_of_names_and_is_inert_in_the_manifest() -> None:
    found = files(EVIL)
    assert all(
        re.fullmatch(r"(chains|certificates)/[0-9a-f]+\.(pem|der)|manifest\.json", name) for name in found
    )
    text = found[MANIFEST].decode("ascii")
    assert all(line.isprintable() for line in text.splitlines())
    assert json.loads(text)["chains"][0]["certificates"][0]["subject"] == HOSTILE_READ_BACK


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 1000])
def test_pem_has_lines_of_64(size: int) -> None:
    lines = pem(b"x" * size).decode().splitlines()
    assert all(len(line) <= 64 for line in lines)
    assert (lines[0], lines[-1]) == ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
