"""The plugin in tshark itself: its fields, filters and columns, and captures that it leaves alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tlseku.cli.streams.wireshark_folders import extcap_folder, open_capture_of, plugin_folder

PROJECT = Path(__file__).resolve().parents[2]
CAPTURES = PROJECT / "captures"
REFUSED = str(CAPTURES / "wrong-eku-refused.pcap")
PLUGIN = PROJECT / "tlseku" / "output" / "captures" / "tlseku.lua"
in_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None or not os.path.isdir("/proc/self/fd"),
    reason="there is no tshark, or no /proc",
)


def tshark(*args: str, plugin: Path | None = PLUGIN, command: str = "") -> str:
    script = () if plugin is None else ("-X", f"lua_script:{plugin}")
    done = subprocess.run(
        ["tshark", *script, *args],
        cwd=PROJECT,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "TLSEKU_COMMAND": command or f"'{sys.executable}' -m tlseku",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def fields(*names: str) -> tuple[str, ...]:
    return ("-T", "fields", *(word for name in names for word in ("-e", name)))


@in_tshark
def test_a_filter_finds_the_frame_of_a_verdict() -> None:
    out = tshark(
        "-r", REFUSED, "-Y", 'tlseku.verdict == "wrong"',
        *fields("frame.number", "tlseku.role", "tlseku.verdict", "tlseku.serial", "tlseku.eku", "tlseku.flow"),
    )  # fmt: skip
    assert out == "8\tclient\twrong\t5a17c0de00000021\tserverAuth\t1\n"


@in_tshark
def test_outcome_and_cause() -> None:
    out = tshark(
        "-r", REFUSED, "-Y", "tlseku.outcome", *fields("frame.number", "tlseku.outcome", "tlseku.cause")
    )
    assert out == (
        "4\trefused by server\t\n"
        "9\trefused by server\tthe refusal fits the EKU and nothing else in the chain\n"
    )


@in_tshark
def test_a_column() -> None:
    out = tshark("-r", REFUSED, "-o", 'gui.column.format:"No","%m","Verdict","%Cus:tlseku.verdict"')
    assert [line.split()[1:] for line in out.splitlines() if len(line.split()) > 1] == [["ok"], ["wrong"]]


@in_tshark
@pytest.mark.parametrize(
    "name", ["captures/declined.pcap", "captures/scenario1.pcap.gz", "captures/tls13.pcap"]
)
def test_every_verdict_is_that_of_flows(run: Run, name: str) -> None:
    expected = run("flows", "-e", "tls.verdict,tls.frame", "-T", "tsv", name).stdout.splitlines()[1:]
    pairs = {
        (frame, verdict)
        for row in expected
        for verdict, frame in zip(*(cell.split("; ") for cell in row.split("\t")), strict=True)
        if frame
    }
    out = tshark("-2", "-r", name, "-Y", "tlseku.verdict", *fields("frame.number", "tlseku.verdict"))
    assert {tuple(line.split("\t")) for line in out.splitlines()} == pairs


@in_tshark
def test_comments_speak_where_tlseku_cannot(run: Run, tmp_path: Path) -> None:
    annotated = str(tmp_path / "a b's.pcapng")
    assert run("annotate", REFUSED, "-w", annotated).exit_code == 0
    names = (
        "frame.number",
        "tlseku.verdict",
        "tlseku.serial",
        "tlseku.role",
        "tlseku.eku",
        "tlseku.outcome",
        "tlseku.cause",
    )
    asked = tshark("-r", annotated, "-Y", "tlseku", *fields(*names[:5]))
    told = tshark("-r", annotated, "-Y", "tlseku", *fields(*names[:5]), command="false")
    assert told == asked
    out = tshark(
        "-r",
        annotated,
        "-Y",
        "tlseku.outcome or tlseku.cause",
        *fields("frame.number", *names[5:]),
        command="false",
    )
    assert out == "4\trefused by server\t\n9\t\tthe refusal fits the EKU and nothing else in the chain\n"


@in_tshark
def test_a_capture_without_tls_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "none.pcap"
    data = (CAPTURES / "declined.pcap").read_bytes()
    file.write_bytes(data[: 24 + 3 * 16 + sum(_lengths(data, 3))])
    assert tshark("-V", "-r", str(file)) == tshark("-V", "-r", str(file), plugin=None)
    # And with TLS, where nobody says anything.
    assert tshark("-V", "-r", REFUSED, command="false") == tshark("-V", "-r", REFUSED, plugin=None)


def _lengths(data: bytes, count: int) -> list[int]:
    place, lengths = 24, []
    for _ in range(count):
        lengths.append(int.from_bytes(data[place + 8 : place + 12], "little"))
        place += 16 + lengths[-1]
    return lengths


def test_install_and_uninstall(run: Run, tmp_path: Path) -> None:
    folder, programs = tmp_path / "plugins", tmp_path / "a b's"
    folders = ("--folder", str(folder), "--extcap-folder", str(programs))
    done = run("wireshark", "install", *folders)
    assert (done.exit_code, done.stdout) == (0, f"{folder / 'tlseku.lua'}\n{programs / 'tlseku-live'}\n")
    asked = subprocess.run(
        [programs / "tlseku-live", "--extcap-interfaces"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert asked.stdout.endswith("interface {value=tlseku}{display=tlseku live}\n")
    text = (folder / "tlseku.lua").read_text("utf-8")
    assert 'local COMMAND = "' in text
    if shutil.which("tshark") is not None and os.path.isdir("/proc/self/fd"):
        out = tshark(
            "-r", REFUSED, "-Y", "tlseku.verdict", *fields("frame.number"), plugin=folder / "tlseku.lua"
        )
        assert out.split() == ["6", "8"]
    assert run("wireshark", "uninstall", *folders).exit_code == 0
    assert [*folder.iterdir(), *programs.iterdir()] == []
    again = run("wireshark", "uninstall", *folders)
    assert (again.exit_code, again.stderr) == (
        0,
        f"tlseku: {folder / 'tlseku.lua'}: there is none\ntlseku: {programs / 'tlseku-live'}: there is none\n",
    )


def test_path_is_that_of_the_package(run: Run) -> None:
    assert Path(run("wireshark", "path").stdout.strip()).samefile(PLUGIN)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("path", REFUSED), "FILE and --pid are for frames, not for path"),
        (("frames",), "frames needs FILE or --pid"),
        (("frames", REFUSED, "--pid", "1"), "frames needs FILE or --pid"),
    ],
)
def test_usage(run: Run, args: tuple[str, ...], said: str) -> None:
    done = run("wireshark", *args)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="there is no /proc")
def test_the_capture_that_a_process_has_open(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no capture")
    # A process of its own: other tests may have left files open in this one.
    for opened, found in (((text,), None), ((text, Path(REFUSED)), REFUSED)):
        program = (
            f"files = [open(name) for name in {[str(each) for each in opened]}]; print(flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            assert open_capture_of(other.pid) == found
            other.communicate(b"\n")


def test_the_folder_without_tshark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert plugin_folder().name == "plugins"
    assert "ireshark" in str(plugin_folder())
    assert extcap_folder().name == "extcap"
    assert "ireshark" in str(extcap_folder())


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        (
            "Personal configuration:\t/h/.config/wireshark\nExtcap path: \t/usr/e\n",
            "/h/.config/wireshark/extcap",
        ),
        (
            "Personal configuration:\t/h/c\nPersonal Extcap path:\t/h/l/extcap\nGlobal Extcap path:\t/usr/e\n",
            "/h/l/extcap",
        ),
    ],
)
def test_the_folder_of_programs_that_capture(
    said: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tshark").write_text(
        f"#!/bin/sh\nwhile read -r line; do echo \"$line\"; done <<'X'\n{said}X\n"
    )
    (tmp_path / "tshark").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(extcap_folder()) == folder
