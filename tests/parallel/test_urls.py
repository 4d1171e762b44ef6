from __future__ import annotations

import builtins
from pathlib import Path

import pytest

import tlseku
from tlseku.parallel.urls import expanded, is_remote, opened, shown

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
        ("dir/a@b?.pcap", "dir/a@b?.pcap"),
    ],
)
def test_names_hold_no_secrets(url: str, name: str) -> None:
    assert shown(url) == name


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
    assert expanded(["s3://captures/2026/*.pcap", "local*.pcap"], bucket) == [*names, "local*.pcap"]
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
