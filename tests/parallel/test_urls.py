from __future__ import annotations

import builtins
import traceback
from pathlib import Path

import pytest

import tlseku
from tlseku.parallel.urls import Place, expanded, is_remote, opened, shown, without_secrets

pytestmark = pytest.mark.filterwarnings("ignore")  # what the libraries of storages warn of is not ours


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("s3://bucket/a.pcap", True),
        ("https://host/a.pcap", True),
        ("memory://a.pcap", True),
        ("a.pcap", False),
        ("/tmp/a:b.pcap", False),
        ("C:\\a.pcap", False),
    ],
)
def test_what_is_remote(url: str, remote: bool) -> None:
    assert is_remote(url) is remote


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://user:secret@host/a.pcap?token=secret", "https://host/a.pcap"),
        ("s3://bucket/a.pcap", "s3://bucket/a.pcap"),
        ("http://host", "http://host"),
        ("https://user:secret@host?token=secret", "https://host"),
        ("zip://a.pcap::https://user:secret@host/x.zip?token=secret", "zip://a.pcap::https://host/x.zip"),
        ("filecache::s3://key:secret@bucket/a@b.pcap", "filecache::s3://bucket/a@b.pcap"),
        ("dir/a@b?.pcap", "dir/a@b?.pcap"),
    ],
)
def test_names_hold_no_secrets(url: str, name: str) -> None:
    assert shown(url) == name


URL = "https://user:pass%2Fword@host/a.pcap?X-Amz-Signature=abc%2Bdef&sv=1&token=ghij"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "404, message='Not Found', url='" + URL + "'",
            "404, message='Not Found', url='https://host/a.pcap'",
        ),
        ("cannot connect to host:443", "cannot connect to host:443"),
        ("login of user failed", "login of *** failed"),
        ("signature abc+def does not match", "signature *** does not match"),
        ("ghij and pass/word and pass%2Fword", "*** and *** and ***"),
        ("http://other/x?y=1 and " + URL, "http://other/x and https://host/a.pcap"),
    ],
)
def test_what_libraries_say_holds_no_secrets(text: str, told: str) -> None:
    assert without_secrets(text, URL) == told


def test_options_of_storages_hold_secrets() -> None:
    storage = {"key": "AKIA1234", "secret": "sesame", "anon": False, "endpoint_url": "http://minio:9000"}
    assert without_secrets("AKIA1234: sesame at minio:9000", "s3://b/a", storage) == "***: *** at minio:9000"


SECRETS = ("hunter22", "S1gnature", "t0ken")


@pytest.mark.parametrize("path", ["no-such.pcap", "scenario1.pcap.gz", "README.md"])
@pytest.mark.parametrize("chain", ["{}", "simplecache::{}", "zip://a.pcap::{}"])
def test_no_secret_is_told_anywhere(
    chain: str, path: str, web: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    host = web.removeprefix("http://")
    url = chain.format(f"http://joe:hunter22@{host}/{path}?X-Amz-Signature=S1gnature&t=t0ken")
    errors: list[tlseku.CaptureError] = []
    flows = tlseku.read_many([url, url], processes=2, on_error=errors.append)
    with pytest.raises(tlseku.TlsekuError) as caught:
        list(tlseku.scan_many([url, f"{url}2/*"], processes=0))
    told = [
        repr(flows),
        *(tlseku.flow_to_json(flow, full=True) for flow in flows),
        *(text for error in [*errors, caught.value] for text in (str(error), repr(error), repr(vars(error)))),
        *traceback.format_exception(caught.value),
        *flows.warnings,
        caplog.text,
        *capfd.readouterr(),
        repr(Place(url, {"key": "hunter22"})),
    ]
    assert [text for text in told if any(secret in text for secret in SECRETS)] == []


def test_a_web_server(web: str, own_captures: Path) -> None:
    with opened(f"{web}/scenario1.pcap.gz") as source:
        (flow,) = tlseku.scan(source)
    (here,) = tlseku.scan(own_captures / "scenario1.pcap.gz")
    assert flow.file == f"{web}/scenario1.pcap.gz"
    assert flow.presented == here.presented


def test_an_object_store(bucket: dict[str, object], own_captures: Path) -> None:
    with opened("s3://captures/2026/declined.pcap", bucket) as source:
        (flow,) = tlseku.scan(source)
    assert flow.file == "s3://captures/2026/declined.pcap"
    assert [each.verdict for each in flow.presented] == ["ok", "declined"]


def test_patterns(bucket: dict[str, object]) -> None:
    names = ["s3://captures/2026/declined.pcap", "s3://captures/2026/no-eku.pcap"]
    assert expanded(["s3://captures/2026/*.pcap", "local.pcap"], bucket) == [*names, "local.pcap"]
    with pytest.raises(tlseku.CaptureError, match=r"local\*\.pcap: there is nothing that it stands for"):
        expanded(["local*.pcap"])
    with pytest.raises(
        tlseku.CaptureError, match="s3://captures/2025/\\*: there is nothing that it stands for"
    ):
        expanded(["s3://captures/2025/*"], bucket)


@pytest.mark.parametrize(
    "url",
    [
        "{web}/no-such.pcap",
        "http://127.0.0.1:1/nobody-listens.pcap",
        "s3://captures/2026/no-such.pcap",
        "s3://no-such-bucket/a.pcap",
        "nix://a.pcap",
    ],
)
def test_what_does_not_open(url: str, web: str, bucket: dict[str, object]) -> None:
    storage = bucket if url.startswith("s3") else None
    with pytest.raises(tlseku.CaptureError) as caught, opened(url.format(web=web), storage):
        pass
    assert "cannot open it: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "fsspec":
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(tlseku.MissingLibrary, match="tlseku\\[fsspec\\]"), opened("s3://bucket/a.pcap"):
        pass
    with opened("a.pcap") as source:
        assert source == "a.pcap"
