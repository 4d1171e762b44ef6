"""``tlseku predict``, ``stores``, ``logs`` and ``xconf`` from the outside. All files are synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.builder import Built, build, ca
from tests.profiles.expressway.leafs import BOTH, S_ONLY
from tests.profiles.expressway.logs.test_event_stream import LOG
from tests.profiles.expressway.settings.test_xconf import BOMB, TEXT, XML
from tests.schemas import ProfileSchemaName, schema
from tlseku.cli import main

CA1, CA2 = ca("Synthetic CA1"), ca("Synthetic CA2")
FILES: dict[str, Built] = {
    "core-public": build(subject="core.example", issuer=CA2, eku=S_ONLY),
    "edge-public": build(subject="edge.example", issuer=CA2, eku=S_ONLY),
    "core-private": build(subject="core.example", issuer=CA1, eku=BOTH),
    "core-private-2": build(subject="core.example", issuer=CA1, eku=BOTH, serial=2),
    "edge-private": build(subject="edge.example", issuer=CA1, eku=BOTH),
    "edge-private-2": build(subject="edge.example", issuer=CA1, eku=BOTH, serial=2),
    "ca1": CA1,
    "ca2": CA2,
}


def run(*args: str, data: bytes | None = None) -> Result:
    return CliRunner().invoke(main, args, prog_name="tlseku", input=data)


@pytest.fixture
def pem(tmp_path: Path) -> Callable[[str], str]:
    """The path of a file of certificates, by name."""

    def path(name: str) -> str:
        (tmp_path / f"{name}.pem").write_bytes(FILES[name].pem)
        return str(tmp_path / f"{name}.pem")

    return path


def validated(name: ProfileSchemaName, text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(text)
    Draft202012Validator(schema(name)).validate(found)
    return found


ROWS = [
    (
        "core-private",
        "core-private",
        "edge-private",
        "edge-private",
        "on",
        "1",
        None,
        ("active", "active", "yes"),
    ),
    (
        "core-public",
        "core-public",
        "edge-public",
        "edge-public",
        "on",
        "2",
        "test case 1",
        ("failed", "failed", "no"),
    ),
    (
        "core-public",
        "core-public",
        "edge-public",
        "edge-public",
        "unknown",
        "2",
        "test case 1",
        ("failed", "failed", "no"),
    ),
    (
        "core-public",
        "core-public",
        "edge-public",
        "edge-public",
        "off",
        "2",
        "test case 2",
        ("active", "failed", "no"),
    ),
    (
        "core-private",
        "core-public",
        "edge-public",
        "edge-public",
        "on",
        "2.1",
        None,
        ("active", "active", "yes"),
    ),
    (
        "core-private",
        "core-public",
        "edge-public",
        "edge-public",
        "off",
        "2.1",
        None,
        ("active", "active", "yes"),
    ),
    (
        "core-private",
        "core-private-2",
        "edge-private",
        "edge-private-2",
        "on",
        "3",
        None,
        ("active", "active", "yes"),
    ),
    (
        "core-private",
        "core-private-2",
        "edge-public",
        "edge-public",
        "off",
        "4",
        None,
        ("active", "active", "yes"),
    ),
]


def arguments(pem: Callable[[str], str], names: tuple[str, str, str, str]) -> list[str]:
    options = ("--core-client", "--core-server", "--edge-client", "--edge-server")
    return [word for option, name in zip(options, names, strict=True) for word in (option, pem(name))]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[5]} {row[4]}" for row in ROWS])
def test_predict(
    row: tuple[str, str, str, str, str, str, str | None, tuple[str, str, str]], pem: Callable[[str], str]
) -> None:
    result = run("predict", *arguments(pem, row[:4]), "--edge-mode", row[4], "-T", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = validated("prediction", result.stdout)
    assert (found["schema"], found["condition"], found["test_case"]) == (
        "tlseku/prediction/1",
        row[5],
        row[6],
    )
    outcomes = found["outcomes"]
    assert isinstance(outcomes, dict)
    assert list(outcomes) == ["uc_zone", "ssh_tunnels", "mra", "webrtc", "far_end"]
    seen = tuple(outcomes[name]["outcome"] for name in ("uc_zone", "ssh_tunnels", "mra"))
    assert seen == row[7]
    assert outcomes["webrtc"]["outcome"] == row[7][2]


def test_predict_as_a_table(pem: Callable[[str], str]) -> None:
    result = run("predict", *arguments(pem, ("core-public", "core-public", "edge-public", "edge-public")))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "x15.5, checking mode of the Edge not known, taken to be On: condition 2, test case 1"
    )
    assert lines[1].startswith("  UC zone (SIP TLS)   FAILED        [CM2 CM7 ST2 SV1] ")
    assert "  CM7  A checking mode that is not known is taken to be On, the default. (derived)" in lines


def test_predict_says_expiry_and_trust_where_known(pem: Callable[[str], str]) -> None:
    args = [
        "predict",
        "--core-client",
        pem("core-private"),
        "--core-ca",
        pem("ca2"),
        "--on",
        "2027-06-01",
        "-T",
        "json",
    ]
    (store,) = validated("prediction", run(*args).stdout)["stores"]  # type: ignore[misc]
    assert (store["validity"], store["issuer_in_ca"]) == ("expired", "missing")
    args[4] = pem("ca1")
    (store,) = validated("prediction", run(*args[:5], "-T", "json").stdout)["stores"]  # type: ignore[misc]
    assert (store["validity"], store["issuer_in_ca"], store["public_issuer"]) == (None, "direct", False)


def test_on_is_the_start_of_the_day(pem: Callable[[str], str], tmp_path: Path) -> None:
    ends = build(not_after=datetime(2026, 5, 31, 23, 59, 59, tzinfo=timezone.utc))
    (tmp_path / "e.pem").write_bytes(ends.pem)
    for day, expected in (("2026-05-31", "valid"), ("2026-06-01", "expired")):
        result = run("predict", "--core-client", str(tmp_path / "e.pem"), "--on", day, "-T", "json")
        assert json.loads(result.stdout)["stores"][0]["validity"] == expected


@pytest.mark.parametrize(("release", "mra"), [("15.4", "yes"), ("x15.3", "no"), ("X14.3.1", "no")])
def test_predict_with_one_store(release: str, mra: str, pem: Callable[[str], str]) -> None:
    args = [
        "predict",
        "--core-server",
        pem("core-private"),
        "--edge-server",
        pem("edge-public"),
        "--release",
        release,
    ]
    result = run(*args, "--edge-mode", "on", "-T", "json")
    found = validated("prediction", result.stdout)
    assert result.stderr.endswith(" has no checking mode, so that --edge-mode plays no part\n")
    assert [found["outcomes"][name]["outcome"] for name in ("uc_zone", "mra")] == ["active", mra]  # type: ignore[index]
    assert (found["condition"], found["mode_assumed"]) == (None, False)


def test_predict_holds_each_node_against_the_other(tmp_path: Path) -> None:
    roots = ca("Inside"), ca("Outside")
    names = ("core.example", "edge.example")
    for root, name in zip(roots, names, strict=True):
        (tmp_path / f"{name}.pem").write_bytes(build(subject=name, issuer=root, san=(name,)).pem)
        (tmp_path / f"{name}-ca.pem").write_bytes(root.pem)
    core, edge = (str(tmp_path / f"{name}.pem") for name in names)
    core_ca, edge_ca = (str(tmp_path / f"{name}-ca.pem") for name in names)

    def zone(*more: str) -> dict[str, object]:
        result = run(
            "predict", "--core-client", core, "--edge-server", edge, "--edge-mode", "on", "-T", "json", *more
        )
        found = validated("prediction", result.stdout)["outcomes"]
        assert isinstance(found, dict)
        return dict(found["uc_zone"])

    assert zone()["outcome"] == "active"
    assert zone("--core-ca", core_ca)["to_do"] == [
        "append CN=Outside to the trusted CAs (ca.pem) of the Core"
    ]
    assert zone("--edge-ca", edge_ca)["to_do"] == ["append CN=Inside to the trusted CAs (ca.pem) of the Edge"]
    assert zone("--core-ca", edge_ca, "--edge-ca", core_ca)["outcome"] == "active"
    assert zone("--core-name", "core.example", "--edge-name", "edge.example")["outcome"] == "active"
    assert zone("--core-name", "edge.example")["rules"] == ["RL11", "SV1"]
    assert zone("--edge-name", "core.example")["rules"] == ["CM8", "SV1"]
    assert zone("--on", "2026-05-01")["outcome"] == "active"
    assert zone("--on", "2027-05-01")["rules"] == ["SV1"]


def test_predict_takes_a_release_for_each_node(pem: Callable[[str], str]) -> None:
    args = [
        "predict",
        "--core-server",
        pem("core-private"),
        "--edge-server",
        pem("edge-public"),
        "-T",
        "json",
    ]
    found = validated("prediction", run(*args, "--core-release", "15.4", "--edge-mode", "on").stdout)
    assert (found["release"], found["edge_release"]) == ("x15.4", "x15.5")
    assert run(*args, "--edge-release", "soon").exit_code == 2


def test_two_certificates_in_one_store(pem: Callable[[str], str]) -> None:
    args = [
        "predict",
        "--core-server",
        pem("core-private"),
        "--core-client",
        pem("core-public"),
        "--release",
        "15.4",
    ]
    result = run(*args)
    assert result.exit_code == 2
    assert result.stderr == (
        "tlseku: --core-client and --core-server are different certificates, but x15.4 has one store"
        " (see tlseku predict --help)\n"
    )


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["predict"], "name a certificate, such as --core-client core-client.pem"),
        (["predict", "--edge-mode", "maybe"], "Invalid value for '--edge-mode'"),
        (["predict", "--core-client", "-", "--core-server", "-"], "standard input (-) can be read only once"),
        (
            ["predict", "--core-client", "x", "--release", "new"],
            "'new' is not a release such as 15.5 or X15.4.2",
        ),
        (["predict", "--core-client", "/none"], "/none: cannot open it: No such file or directory"),
        (["stores"], "name a certificate, such as --server server.pem"),
        (["stores", "--server", "-", "--ca", "-"], "standard input (-) can be read only once"),
        (["logs", "/none"], "/none: cannot open it: No such file or directory"),
        (["logs"], "Missing argument 'FILE'"),
        (["xconf", "/none"], "/none: cannot open it: No such file or directory"),
        (["xconf", "/"], "/: cannot open it: Is a directory"),
    ],
)
def test_wrong_usage(args: list[str], problem: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.startswith("tlseku: ")
    assert result.stderr.count("\n") == 1


def test_stores(pem: Callable[[str], str]) -> None:
    args = ["stores", "--server", pem("edge-public"), "--client", pem("edge-public"), "--ca", pem("ca1")]
    found = validated("stores", run(*args, "-T", "json").stdout)
    remarks = [(remark["level"], remark["rule"]) for remark in found["remarks"]]  # type: ignore[attr-defined]
    assert remarks == [
        ("wrong", "ST5"),
        ("wrong", "ST5"),
        ("wrong", "UP1"),
        ("caution", "ST6"),
        ("caution", "UP2"),
        ("fine", "CM8"),
        ("fine", "ST8"),
    ]
    text = " ".join(run(*args).stdout.split())
    assert (
        "Invalid certificate: The file provided does not have a client usage attribute."
        " Services requiring mutual TLS may not work."
    ) in text
    assert "both stores hold the same certificate: condition 1" in text


def test_stores_of_x15_4(pem: Callable[[str], str]) -> None:
    found = json.loads(
        run("stores", "--server", pem("edge-public"), "--release", "15.4", "-T", "json").stdout
    )
    assert (found["release"], found["remarks"][0]["rule"]) == ("x15.4", "ST8")


def test_logs() -> None:
    result = run("logs", "-", "-T", "ndjson", data=LOG)
    events = [validated("log-event", line) for line in result.stdout.splitlines()]
    assert [event["line"] for event in events] == [2, 7, 8, 8, 10]
    assert result.stderr == (
        "tlseku: 10 lines, 5 events; 3 tls_error; 1 ssh; 1 sip_sent; 1 EKU refusal; 1 line before the first event"
        " passed over\n"
    )
    as_array = json.loads(run("logs", "-", "-T", "json", data=LOG).stdout)
    assert as_array == events


def test_logs_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes(LOG)
    result = run("logs", str(tmp_path / "log.txt"), "--kind", "ssh", "--width", "90")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "     7  2026-03-29T07:03:12.384000Z  ssh, this node client, → edge.example port 2222",
        "        ssh: connect to host edge.example port 2222: Connection timed out",
        "10 lines, 1 event; 1 ssh; 0 EKU refusals; 1 line before the first event passed over",
    ]


@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
def test_a_log_without_events(form: str) -> None:
    result = run("logs", "-", "-T", form, data=b"")
    assert result.exit_code == 0
    assert "0 lines, 0 events; 0 EKU refusals\n" in result.stdout + result.stderr
    assert form != "json" or result.stdout == "[]\n"


def test_xconf() -> None:
    result = run("xconf", "-", "checking MODE", data=TEXT)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "SIP TLS Certificate ExtendedKeyUsage Checking Mode: Off\n"
    assert len(run("xconf", "-", data=TEXT).stdout.splitlines()) == 6
    assert len(run("xconf", "-", "gateway", "ethernet 2", data=TEXT).stdout.splitlines()) == 3


def test_xconf_as_json() -> None:
    assert json.loads(run("xconf", "-", "zones", "-T", "json", data=XML).stdout) == [
        {"path": ["Zones", "Zone", "2", "Name"], "value": "a <&> b", "line": 7}
    ]


def test_xconf_that_has_it_not() -> None:
    result = run("xconf", "-", "H323", "a b", data=TEXT)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tlseku: -: no setting under 'H323', 'a b'\n"


def test_xconf_with_entities() -> None:
    result = run("xconf", "-", data=BOMB)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "tlseku: -: has a document type (DOCTYPE), which may define entities: refused\n"


def test_xconf_with_hostile_values() -> None:
    result = run("xconf", "-", data=b'A \x1b[31m: "\xff\xe2\x80\xae"\n')
    assert result.stdout == "A \\x1b[31m: \\udcff\\u202e\n"
