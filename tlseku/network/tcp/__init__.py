"""TCP segments to ordered bytes: connections, order, overlap, gaps and limits.

Knows sequence numbers; must not know what the bytes say. A hole is a value in the stream.
"""
