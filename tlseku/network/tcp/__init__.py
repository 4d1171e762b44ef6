"""TCP segments to ordered bytes: connections, order, overlap, gaps and limits.

Knows sequence numbers; must not know what the bytes say. A hole is a value in the stream. A packet comes in by
``fast_path``, or by ``dispatch`` where that does not know enough. It is recorded (``recorder``, ``recording``) and read
as a whole when the connection is over (``reassembly``), or goes through ``segment_arrival`` to the two streams of its
connection (``stream``). ``lifetimes`` says when a connection is over.
"""
