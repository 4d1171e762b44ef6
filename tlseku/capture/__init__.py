"""Capture files as packets: pcap and pcapng, plain or compressed, one file or several as one.

Knows file formats; must not know what is in a packet. ``open_capture`` and ``open_merged`` give a ``Capture``
that hands out batches; a damaged file hands out everything before the damage, then a warning that says where.
"""

from tlseku.capture.batch import Batch, Clock, Packet
from tlseku.capture.merge import open_merged
from tlseku.capture.reader import Capture, open_capture, packets
from tlseku.capture.secret import Secret
from tlseku.capture.source import Source
from tlseku.capture.warning import CaptureWarning

__all__ = [
    "Batch",
    "Capture",
    "CaptureWarning",
    "Clock",
    "Packet",
    "Secret",
    "Source",
    "open_capture",
    "open_merged",
    "packets",
]
