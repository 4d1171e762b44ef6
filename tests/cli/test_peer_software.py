"""--peer-software, ``tlseku rules --products``, and what is recognised in the outputs of commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tlseku
from tests.cli.conftest import Run
from tlseku.output.reports.products import product_to_dict
from tlseku.policy.peer_software.products import products
from tlseku.policy.peer_software.recognition import UnknownSoftware
from tlseku.policy.rule_books import Context

REFUSED = Path(__file__).resolve().parents[2] / "captures" / "wrong-eku-refused.pcap"
TLS13 = REFUSED.with_name("tls13.pcap")


def test_products_as_json_and_as_table(run: Run) -> None:
    listed = json.loads(run("rules", "--products", "-T", "json").stdout)
    assert listed == [product_to_dict(each) for each in products()]
    assert run("rules", "--products", "nginx").stdout.startswith(
        "nginx  nginx 1.22.1, ssl_verify_client on\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "--products", "ngnix"),
        ("explain", "--peer-software", "ngnix", str(REFUSED), "1"),
        ("diagnose", "--peer-software", "ngnix", str(REFUSED)),
        ("flows", "--peer-software", "ngnix", str(REFUSED)),
        ("report", "--peer-software", "ngnix", str(REFUSED)),
    ],
)
def test_a_wrong_name_is_one_line_with_near_ones(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "there is no product or stack 'ngnix'; did you mean nginx?" in line


def test_in_json(run: Run) -> None:
    (line,) = json.loads(run("flows", "-T", "json", str(REFUSED)).stdout)
    assert line["peer_software"] == {"likely": ["openssl"], "title": "OpenSSL", "basis": "request"}
    (full,) = json.loads(run("flows", "-T", "json", "--full", str(REFUSED)).stdout)
    software = full["peer_software"]
    assert {key: software[key] for key in ("likely", "title", "basis")} == line["peer_software"]
    assert software["rule_book"] == "openssl"
    assert software["because"][0] == "the request lists the certificate types rsa_sign, dss_sign, ecdsa_sign"
    told = json.loads(run("flows", "-T", "json", "--peer-software", "Caddy", str(REFUSED)).stdout)
    assert told[0]["peer_software"] == {"likely": ["go"], "title": "Caddy 2.6.2, with Go", "basis": "told"}


def test_where_nothing_tells(run: Run) -> None:
    (line,) = json.loads(run("flows", "-T", "json", str(TLS13)).stdout)
    assert line["peer_software"] is None  # encrypted, and no key log
    told = json.loads(run("flows", "-T", "json", "--peer-software", "haproxy", str(TLS13)).stdout)
    assert told[0]["peer_software"]["likely"] == ["openssl"]


def test_fields(run: Run) -> None:
    assert run("flows", "-e", "peer_software", "-T", "csv", str(REFUSED)).stdout == "peer_software\nopenssl\n"
    assert run(
        "flows", "-e", "flow.number", "-T", "csv", "-Y", "peer_software == go", str(REFUSED)
    ).stdout == ("flow.number\n")
    assert run("flows", "-Y", "peer_software == opensl", str(REFUSED)).exit_code == 2


def test_explain(run: Run) -> None:
    page = " ".join(run("explain", str(REFUSED), "1").stdout.split())
    assert "This server is likely OpenSSL, whose rule-book is openssl: the request lists" in page
    assert "; this server is likely OpenSSL: what is sent by OpenSSL (Apache httpd," in page
    told = " ".join(run("explain", "--peer-software", "unbound", str(REFUSED), "1").stdout.split())
    assert (
        "This server is Unbound remote control 1.17.1, with OpenSSL, whose rule-book is openssl: named by"
        in told
    )
    assert "Unbound remote control says why in its log: remote control connection provided no client" in told


def test_diagnose_judges_by_the_book_of_what_is_named(run: Run) -> None:
    assert "judged by openssl" in run("diagnose", str(REFUSED)).stdout
    assert "judged by java" in run("diagnose", "--peer-software", "tomcat", str(REFUSED)).stdout
    chosen = run("diagnose", "--peer-software", "tomcat", "--rule-book", "nss", str(REFUSED)).stdout
    assert "judged by nss" in chosen
    assert (
        "the server is Apache Tomcat 10.1.60, with Java (JSSE), whose rule-book java refuses it"
        in " ".join(chosen.split())
    )
    assert "judged by openssl" in run("diagnose", "--peer-software", "syslog-ng", str(REFUSED)).stdout


def test_from_python() -> None:
    (flow,) = tlseku.read(REFUSED, context=Context(peer_software="nginx"))
    assert flow.peer_software is not None
    assert flow.peer_software.product == "nginx"
    with pytest.raises(UnknownSoftware, match="did you mean nginx"):
        tlseku.read(REFUSED, context=Context(peer_software="ngnix"))
