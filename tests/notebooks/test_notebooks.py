"""Every notebook runs from top to bottom, says what it must say, and is kept without outputs."""

from __future__ import annotations

import functools
import struct
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the test extra")
nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the test extra")
pytest.importorskip("ipykernel", reason="needs ipykernel, of the test extra")

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

# What the kernel's own libraries warn of is not this project's.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("notebooks")]


NAMES = ("embedding", "expressway", "mtls_inventory", "quickstart")


@functools.cache
def cells(name: str) -> list[Any]:
    """The code cells of a notebook, after it was run."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    # The tree under test comes first, whatever is installed.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
        nbclient.NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
        ).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(name: str) -> list[str]:
    """What each code cell printed."""
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells(name)]


def shown(name: str, kind: str) -> list[str]:
    """What the code cells show in that MIME type."""
    outputs = (output for cell in cells(name) for output in cell.outputs)
    return [output["data"][kind] for output in outputs if kind in output.get("data", {})]


def test_there_are_these_notebooks_and_no_others() -> None:
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_kept_without_outputs(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert all(
        not cell.outputs and cell.execution_count is None for cell in notebook.cells if "outputs" in cell
    )


SAID = {
    "embedding": [
        "frame 8: client presents CN=client.example,O=Synthetic Example Ltd.: wrong",
        "frame 9: server sends alert 43",
        "flow 1 refused, refused by server",
        "    frame 3: client presents CN=client.example: wrong",
        "    frame 4: server sends alert 43",
        "    verdicts: [('server', 'ok'), ('client', 'wrong')] refused",
        "    verdicts: [('server', 'ok'), ('client', 'ok')] completed",
        "tlseku/flow/2 TLS 1.2 presented",
    ],
    "expressway": [
        "vcs8c x15.5 checking mode on",
        "vcs8c as TLS client presents 40019d11c07b52e8936af4410d2b7c31",
        "condition 2 - test case 1",
        "uc_zone      failed        CM2 ST2 SV1      confirmed",
        "ssh_tunnels  failed        SV2 ST2          confirmed",
        "eth0_diagnostic_logging_tcpdump00_vcs8c_2026-03-27_09_15_01.pcap:11 - server refuses: alert "
        "unsupported_certificate (43)",
        "test-case-1-core.tar.gz 2222 keys agreed rsa-sha2-512 []",
        "46:DF:76:AA:00:00:00:00:00:2D 3 matches ",
        "    hint: store only runs of zeros differ in length",
        "condition 2.1",
        "uc_zone      active        confirmed",
        "ssh_tunnels  active        confirmed",
        "test-case-1.pcap  7001 refused   server ok 40019d11c2f06a7d15b8e3920c4d5e62; "
        "client wrong 40019d11c07b52e8936af4410d2b7c31",
        "test-case-1    uc_zone failed (confirmed); ssh_tunnels failed (confirmed); mra no (follows)",
        "test-case-2    uc_zone active (confirmed); ssh_tunnels failed (confirmed); mra no (follows)",
        "condition-2.1  uc_zone active (confirmed); ssh_tunnels active (confirmed); mra yes (follows)",
    ],
    "mtls_inventory": [
        "10.106.80.31 2f0000004c869c77c8981becde00000000004c ok private not_affected",
        "1 flow may hide one more",
        "60 client certificates",
        "2026-05-01 host22 Google Trust Services - a public CA leaves clientAuth out from 2026-04-13 at the latest",
    ],
    "quickstart": [
        "{'presented': 8, 'empty': 1}",
        "[('server', 'ok', '5a17c0de00000010'), ('client', 'ok', '5a17c0de00000020')]",
        "1 5 1",
        "13729 packets, {'not IP': 3001, 'not TCP': 6128}",
    ],
}


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in SAID.items() for line in lines])
def test_it_says(name: str, line: str) -> None:
    assert line in "".join(printed(name)).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_every_code_cell_ran(name: str) -> None:
    assert [cell.execution_count for cell in cells(name)] == list(range(1, len(cells(name)) + 1))
    assert [output for cell in cells(name) for output in cell.outputs if output.output_type == "error"] == []


def test_flows_show_themselves() -> None:
    table, card, certificate, *_ = shown("quickstart", "text/html")
    assert "10 TLS flows in 63 TCP connections" in table
    assert "refused by server" in card
    assert "5a17c0de00000023" in certificate


def test_exposure_is_drawn() -> None:
    pictures = [b64decode(picture) for picture in shown("mtls_inventory", "image/png")]
    assert len(pictures) == 2
    for picture in pictures:
        width, height = struct.unpack(">II", picture[16:24])
        assert (width > 600, height > 250) == (True, True)
        assert len(picture) > 10_000
