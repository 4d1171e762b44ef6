"""Names of link types and EtherTypes, for what was seen and not read.

Knows the tcpdump registry's LINKTYPE_ names and IANA's and IEEE's EtherTypes; must not know which of them are read. A
number without a name here is shown as a number.
"""

from __future__ import annotations

LINK_TYPES = {
    3: "AX.25",
    7: "ARCnet",
    114: "LocalTalk",
    118: "Cisco IOS",
    121: "HiPath HDLC",
    129: "ARCnet, Linux",
    130: "Juniper MLPPP",
    131: "Juniper MLFR",
    132: "Juniper encryption services",
    133: "Juniper GGSN",
    134: "Juniper MFR",
    135: "Juniper ATM2",
    136: "Juniper services",
    137: "Juniper ATM1",
    139: "SS7 MTP2 with header",
    140: "SS7 MTP2",
    141: "SS7 MTP3",
    142: "SS7 SCCP",
    144: "Linux IrDA",
    **{147 + number: f"USER{number}" for number in range(16) if number != 2},  # USER2 is Darwin's PKTAP
    167: "Juniper PPPoE",
    168: "Juniper PPPoE over ATM",
    177: "Linux LAPD",
    182: "Multi-link Frame Relay",
    187: "Bluetooth HCI H4",
    188: "IEEE 802.16 MAC",
    189: "USB, Linux",
    190: "CAN 2.0b",
    191: "IEEE 802.15.4, Linux",
    195: "IEEE 802.15.4",
    196: "SITA",
    201: "Bluetooth HCI H4 with direction",
    203: "LAPD",
    209: "IPMB",
    215: "IEEE 802.15.4 without physical layer",
    220: "USB, Linux, padded",
    224: "Fibre Channel FC-2",
    227: "SocketCAN",
    230: "IEEE 802.15.4 without FCS",
    231: "D-Bus",
    235: "DVB common interface",
    238: "3GPP MUX27010",
    247: "InfiniBand",
    248: "SCTP",
    249: "USBPcap",
    251: "Bluetooth Low Energy",
    253: "Netlink",
    254: "Bluetooth monitor",
    256: "Bluetooth Low Energy with header",
    257: "PROFIBUS",
    265: "ISO 14443",
    266: "RDS",
    270: "vsock",
    272: "nRF sniffer",
    275: "DisplayPort AUX",
    279: "Elektrobit",
    280: "VPP dispatch trace",
    283: "IEEE 802.15.4 TAP",
    288: "USB 2.0",
    290: "ETW",
}
"""LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html) that no reader of ours takes."""

ETHER_TYPES = {
    0x0805: "X.25",
    0x0806: "ARP",
    0x0842: "Wake-on-LAN",
    0x2000: "CDP",
    0x22EA: "SRP",
    0x22F0: "AVTP",
    0x22F3: "TRILL",
    0x6002: "DEC MOP",
    0x6003: "DECnet",
    0x6559: "Frame Relay",
    0x8035: "RARP",
    0x809B: "AppleTalk",
    0x80F3: "AppleTalk ARP",
    0x8102: "SLPP",
    0x8137: "IPX",
    0x8204: "QNX Qnet",
    0x8808: "flow control",
    0x8809: "slow protocols, LACP",
    0x8819: "CobraNet",
    0x8863: "PPPoE discovery",
    0x886D: "Intel ANS",
    0x8870: "jumbo frames",
    0x887B: "HomePlug",
    0x888E: "EAPOL",
    0x8892: "PROFINET",
    0x8899: "Realtek loop detection",
    0x88A2: "ATA over Ethernet",
    0x88A4: "EtherCAT",
    0x88B5: "local experimental",
    0x88B6: "local experimental",
    0x88B7: "OUI extended",
    0x88B8: "GOOSE",
    0x88BA: "IEC sampled values",
    0x88C7: "802.11 pre-authentication",
    0x88CC: "LLDP",
    0x88D9: "LLTD",
    0x88E1: "HomePlug AV",
    0x88E5: "MACsec",
    0x88F5: "MVRP",
    0x88F7: "PTP",
    0x88F8: "NC-SI",
    0x88FB: "PRP",
    0x8902: "CFM",
    0x8906: "FCoE",
    0x890D: "TDLS",
    0x8914: "FCoE initialisation",
    0x8915: "RoCE",
    0x8917: "media independent handover",
    0x9000: "loopback",
    0x9003: "SONiX loopback",
    0xCAFE: "Veritas cluster",
}
"""EtherTypes (IANA IEEE 802 Numbers)."""

WITHOUT_CERTIFICATES = frozenset(
    {
        0x0806,
        0x0842,
        0x2000,
        0x6002,
        0x8035,
        0x8808,
        0x8809,
        0x8863,
        0x8899,
        0x88CC,
        0x88D9,
        0x88F5,
        0x88F7,
        0x88FB,
        0x8902,
        0x9000,
    }
)
"""EtherTypes that keep a network going and never carry a certificate: nothing is lost by not reading them."""


def link_type_words(number: int) -> str:
    """``link type 147 (USER0)``."""
    return f"link type {number}" + (f" ({LINK_TYPES[number]})" if number in LINK_TYPES else "")


def ether_type_words(number: int) -> str:
    """``EtherType 0x888e (EAPOL)``."""
    return f"EtherType 0x{number:04x}" + (f" ({ETHER_TYPES[number]})" if number in ETHER_TYPES else "")
