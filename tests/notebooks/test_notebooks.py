"""Every notebook runs from top to bottom, and the one on Expressway says what the golden pairs must say."""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the test extra")
nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the test extra")
pytest.importorskip("ipykernel", reason="needs ipykernel, of the test extra")

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

# What the kernel's own libraries warn of is not this project's.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """What each code cell printed."""
    notebook = nbformat.read(NOTEBOOKS / "expressway.ipynb", as_version=4)
    # The tree under test comes first, whatever is installed.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
        nbclient.NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
        ).execute()
    return [
        "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_is_this_notebook_and_no_other() -> None:
    assert [path.name for path in NOTEBOOKS.glob("*.ipynb")] == ["expressway.ipynb"]


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOKS / "expressway.ipynb", as_version=4)
    assert all(
        not cell.outputs and cell.execution_count is None for cell in notebook.cells if "outputs" in cell
    )


@pytest.mark.parametrize(
    "line",
    [
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
    ],
)
def test_it_says(printed: list[str], line: str) -> None:
    assert line in "".join(printed).splitlines()


def test_every_code_cell_ran(printed: list[str]) -> None:
    assert len(printed) == 9
    assert [number for number, text in enumerate(printed) if not text] == [0]
