"""From captured frames to ordered TCP bytes: link layers, IP, fragments, tunnels, TCP.

Knows the headers below TLS; must not know capture files or TLS. ``decode`` turns a frame into a ``Segment``, ``tcp``
turns segments into ordered bytes and gaps for a listener.
"""
