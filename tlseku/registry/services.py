"""The usual service on a server's port: a hint for a person, never for who is client.

Knows the ports of the IANA Service Names registry that carry TLS, and those of Cisco Expressway and CUCM.
"""

from __future__ import annotations

from collections.abc import Mapping

SERVICES: Mapping[int, str] = {
    25: "smtp",
    110: "pop3",
    119: "nntp",
    143: "imap",
    389: "ldap",
    443: "https",
    465: "smtps",
    563: "nntps",
    587: "submission",
    636: "ldaps",
    853: "dns-over-tls",
    989: "ftps-data",
    990: "ftps",
    993: "imaps",
    995: "pop3s",
    1433: "ms-sql",
    2083: "radsec",
    2379: "etcd",
    2380: "etcd-peer",
    2443: "sccp-tls",
    3269: "ldaps-gc",
    3306: "mysql",
    3389: "rdp",
    4190: "sieve",
    5061: "sip-tls",
    5062: "sip-mtls",
    5091: "sip-tls-5091",
    5222: "xmpp-client",
    5269: "xmpp-server",
    5349: "stuns",
    5432: "postgresql",
    5671: "amqps",
    6443: "kubernetes-api",
    6513: "netconf-tls",
    6514: "syslog-tls",
    6971: "cucm-tftp-6971",
    6972: "cucm-https-tftp",
    6697: "ircs",
    7001: "traversal-zone",
    7400: "xcp",
    8443: "https-8443",
    8883: "mqtts",
    9093: "kafka-tls",
    10250: "kubelet",
}


def service_name(port: int, starttls: str | None) -> str | None:
    """The service usual on the server's ``port``, else the clear-text protocol that came before TLS, else None."""
    return SERVICES.get(port) or starttls
