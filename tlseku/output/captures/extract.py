"""The packets of chosen handshakes, and nothing else of a capture.

Joins ``scan`` (which flows there are), ``network`` (whose packet this is) and ``records`` (what is copied); must not
know command lines. Sections, interfaces and secrets are kept, so that times and decryption stay; names, statistics and
packets of others are not. Memory: few bytes a chosen flow; packets pass through one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tlseku.decryption.key_log_files import SecretSource
from tlseku.flow import Flow
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import DTLS, EAPOL, FRAGMENT, Datagram, Segment, reversed_key
from tlseku.output.captures import blocks
from tlseku.output.captures.handshake_frames import Stretch, stretch_of
from tlseku.output.captures.layers import layers_of
from tlseku.output.captures.packed_stretches import PackedStretches
from tlseku.output.captures.packet_records import CapturedPacket, Record, Section, records
from tlseku.output.captures.pseudonyms import Pseudonyms
from tlseku.output.captures.rereadable import Rereadable, must_be_rereadable
from tlseku.output.captures.written import Writable, Written
from tlseku.scanning import scan

SOFTWARE = "tlseku"


def extract(
    source: Rereadable,
    output: Writable,
    *,
    wanted: Callable[[Flow], bool] | None = None,
    whole: bool = False,
    pseudonyms: Pseudonyms | None = None,
    secrets: Sequence[SecretSource] | SecretSource = (),
    keep_secrets: bool = True,
) -> Written:
    """Write the packets of the handshakes of the flows that are ``wanted`` to ``output`` as pcapng.

    ``wanted`` is asked for each flow, None takes all. A handshake begins with the first packet of its connection;
    ``whole`` takes the connection to its end. ``pseudonyms`` replace the addresses, and then nothing else of the file
    is kept that could name a host: options, comments, interfaces' names. Decryption Secrets Blocks are kept unless
    ``keep_secrets`` is False. Raises CaptureError for a source that cannot be read twice or is no capture, and OSError
    as ``output`` does.
    """
    must_be_rereadable(source)
    scanned = scan(source, rule_books=(), secrets=secrets)
    chosen = _Chosen()
    for flow in scanned:
        if wanted is None or wanted(flow):
            chosen.add(stretch_of(flow, whole=whole), flow.transport)
    section = Section()
    packets = left_out = 0
    for record in records(source, SOFTWARE):
        section.see(record)
        if not record.frame:
            output.write(_kept(record, section, pseudonyms is not None, keep_secrets))
            continue
        packet = section.packet(record)
        if packet is None or not chosen.holds(record.frame, packet):
            continue
        written = (
            record.block if pseudonyms is None else _renamed(packet, record, pseudonyms, chosen.is_datagram)
        )
        output.write(written)
        packets += bool(written)
        left_out += not written
    return Written(chosen.count, packets, 0, left_out, 0, scanned.summary, tuple(scanned.warnings))


class _Chosen:
    """Whose packet is it? Looks at each packet with the decoder that found the flows."""

    def __init__(self) -> None:
        self.count = 0
        # Whether the last packet was a datagram of a carrier, and no packet of somebody else in a tunnel.
        self.is_datagram = False
        self._decoder = Decoder()
        self._stretches = PackedStretches()
        self._begun: set[int] = set()
        self._runs: dict[int, int] = {}

    def add(self, stretch: Stretch, transport: str | None) -> None:
        self.count += 1
        if transport is None:
            self._stretches.add_on_link(stretch)
            return
        if transport == "udp":
            # Not every datagram shows by itself what it carries.
            self._decoder.claimed.update(dict.fromkeys((stretch.key, reversed_key(stretch.key)), DTLS))
        self._stretches.add(stretch)

    def holds(self, frame: int, packet: CapturedPacket) -> bool:
        data = packet.data
        missing = max(0, packet.original_length - len(data))
        found = self._decoder.decode(packet.linktype, data, 0, len(data), missing, packet.ts_ns)
        if isinstance(found, Segment):
            mine = self._stretches.of(found.key)
            return any(self._takes(each, frame, packet.ts_ns, found.flags) for each in mine)
        self.is_datagram = isinstance(found, Datagram)
        if isinstance(found, Datagram):
            stretches = self._stretches
            on_link = found.kind == EAPOL
            mine = stretches.on_link(found.key[:6]) if on_link else stretches.of(found.key)
            return any(self._takes(each, frame, packet.ts_ns, 0) for each in mine)
        if found == FRAGMENT:
            # Ports stand in the first fragment only, so addresses and time must do.
            layers = layers_of(packet.linktype, data, datagrams=True)
            mine = () if layers is None else self._stretches.between(layers.ends)
            return any(self._has(each, frame, packet.ts_ns, 0) for each in mine)
        return False

    def _has(self, stretch: Stretch, frame: int, ts_ns: int, flags: int) -> bool:
        if stretch.flow not in self._begun:
            if ts_ns < stretch.start_ns and frame not in stretch.frames:
                return False
            self._begun.add(stretch.flow)
        return stretch.holds(frame, ts_ns, flags)

    def _takes(self, stretch: Stretch, frame: int, ts_ns: int, flags: int) -> bool:
        if self._has(stretch, frame, ts_ns, flags):
            return True
        run = self._runs.get(stretch.flow, 0)
        if run >= stretch.run or stretch.flow not in self._begun or ts_ns > stretch.end_ns:
            return False
        self._runs[stretch.flow] = run + 1
        return True


def _kept(record: Record, section: Section, nameless: bool, keep_secrets: bool) -> bytes:
    """What becomes of a block that is no packet: nothing, for those of no use to the packets that are kept."""
    if record.kind == blocks.SECTION:
        if nameless:
            return blocks.section_header(record.order, SOFTWARE)
        return blocks.without_section_length(record.block, record.order)
    if record.kind == blocks.INTERFACE:
        return _nameless(section, record) if nameless else record.block
    return record.block if record.kind == blocks.SECRETS and keep_secrets else b""


def _nameless(section: Section, record: Record) -> bytes:
    """An Interface Description Block with its link type and clock, and without the options that name things."""
    if not section.interfaces:
        return b""
    pairs = blocks.read_options(record.block[16:-4], record.order)
    kept = blocks.options([pair for pair in pairs if pair[0] in blocks.CLOCK_OPTIONS], record.order)
    return blocks.block(blocks.INTERFACE, record.block[8:16] + kept, record.order)


def _renamed(packet: CapturedPacket, record: Record, pseudonyms: Pseudonyms, is_datagram: bool) -> bytes:
    data = pseudonyms.packet(packet.linktype, packet.data, datagrams=is_datagram)
    if data is None:
        return b""
    if record.kind == blocks.SIMPLE_PACKET:
        return blocks.simple_packet(data, packet.original_length, record.order)
    return blocks.enhanced_packet(packet.interface, packet.ticks, data, packet.original_length, record.order)
