"""Captures out: the packets of chosen handshakes, or every packet with comments, as pcapng.

Knows how packets and comments are written; must not know command lines. ``annotate`` and ``extract`` read a capture
twice, first for its flows and then packet by packet, and write to an open file as they go.
"""
