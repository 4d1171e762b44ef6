"""What a URL or a storage keeps secret stands in nothing that is printed, written or handed back; the reason does."""

from __future__ import annotations

import traceback
import warnings
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pyarrow.parquet
import pytest
from click.testing import CliRunner

import tlseku
from tests.storages import serving
from tlseku.cli import main
from tlseku.data_frames.columns import TABLES

pytestmark = pytest.mark.filterwarnings("ignore")  # what the libraries of storages warn of is not ours
SECRETS = ("hunter22", "S1gnature", "t0ken", "AKIA1234", "sesame99")
QUERY = "X-Amz-Signature=S1gnature&X-Amz-Credential=AKIA1234%2Fx&sv=t0ken"


@pytest.fixture(scope="module")
def host(own_captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server that has two files, denies one and has no other."""
    archive = tmp_path_factory.mktemp("web") / "a.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(own_captures / "declined.pcap", "declined.pcap")
    files = {"/a.zip": archive, "/wrong.pcap": own_captures / "wrong-eku-refused.pcap"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = files.get(path)
            content = b"" if found is None else found.read_bytes()
            begin, _, end = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            part = content[int(begin) : int(end) + 1 if end else None]
            self.send_response(403 if path == "/denied.pcap" else 404 if found is None else 206)
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Content-Range", f"bytes {begin}-{int(begin) + len(part) - 1}/{len(content)}")
            self.send_header("Accept-Ranges", "bytes")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(part)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(Handler) as host:
        yield host


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://joe:hunter22@{host}/wrong.pcap?{query}", None),
        ("http://joe:hunter22@{host}/no-such.pcap?{query}", "the server answers 404 Not Found"),
        ("http://joe:hunter22@{host}/denied.pcap?{query}", "the server answers 403 Forbidden"),
        ("http://joe:hunter22@127.0.0.1:1/a.pcap?{query}", "Connect call failed"),
        ("zip://declined.pcap::http://joe:hunter22@{host}/a.zip?{query}", None),
        ("zip://no-such.pcap::http://joe:hunter22@{host}/a.zip?{query}", "there is no such file"),
        ("simplecache::http://joe:hunter22@{host}/wrong.pcap?{query}", None),
        ("s3://captures/2026/declined.pcap", None),
        ("s3://captures/2026/no-such.pcap", "there is no such file"),
        ("simplecache::s3://captures/2026/no-eku.pcap", None),
        ("s3://no-such-bucket/a.pcap", "The specified bucket does not exist"),
    ],
)
def test_no_secret_is_told_and_the_reason_is(
    url: str,
    reason: str | None,
    host: str,
    bucket: dict[str, object],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    url = url.format(host=host, query=QUERY)
    storage: dict[str, object] | None = None
    if "s3://" in url:
        storage = {**bucket, "key": "AKIA1234", "secret": "sesame99"}
        storage = {"s3": storage} if url.startswith("simplecache") else storage
    told: list[object] = []
    errors: list[tlseku.CaptureError] = []
    dataset = str(tmp_path / "dataset")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        flows = tlseku.read_many(url, processes=1, on_error=errors.append, storage=storage)
        assert (len(flows), len(errors)) == ((1, 0) if reason is None else (0, 1))
        many = tlseku.scan_many(url, processes=0, on_error=lambda error: None, storage=storage)
        told += [many, *map(repr, many), many.captures, many.captures.to_pandas().to_dict(), many.warnings]
        told += [tlseku.ingest(url, dataset, processes=1, on_error=errors.append, storage=storage)]
        frame = tlseku.dask_frame(url, "captures", storage=storage)
        told += [frame, list(frame.__dask_graph__()), frame.compute(scheduler="synchronous").to_dict()]
        if reason is not None:
            with pytest.raises(tlseku.CaptureError, match=reason) as caught:
                list(tlseku.scan_many(url, processes=0, storage=storage))
            told += traceback.format_exception(caught.value)
    for error in errors:
        told += [str(error), repr(error), vars(error)]
    for flow in flows:
        told += [flow, tlseku.flow_to_json(flow, full=True), flow._repr_html_()]
    told += [flows, flows._repr_html_(), flows.summary, flows.warnings]
    told += [flows.to_pandas(what).to_dict() for what in TABLES]
    for answer in (tlseku.sunset(flows), tlseku.inventory(flows)):
        told += [answer, answer.to_dict(), answer._repr_html_()]
    for path in Path(dataset).rglob("*"):
        told += [path, pyarrow.parquet.read_table(path).to_pylist() if path.suffix == ".parquet" else ""]
    runner = CliRunner()
    if storage is None:
        # The command takes the options of a storage from its own configuration.
        done = runner.invoke(main, ["ingest", url, "-o", str(tmp_path / "by-command")])
        assert done.exit_code == (0 if reason is None else 2)
        told += [done.output, done.stderr]
        assert reason is None or reason in done.stderr
    if reason is None:
        page = tmp_path / "report.html"
        told += [runner.invoke(main, ["report", dataset, "-o", str(page)]).output, page.read_text()]
        told += [
            runner.invoke(main, ["flows", "-T", kind, dataset]).output for kind in ("sarif", "ecs", "csv")
        ]
    told += [str(each.message) for each in warned] + [caplog.text, *capfd.readouterr()]
    texts = [each if isinstance(each, str) else repr(each) for each in told]
    assert [text for text in texts if any(secret in text for secret in SECRETS)] == []
    if reason is not None:
        assert [reason in str(error) for error in errors] == [True, True]
