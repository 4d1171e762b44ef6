"""Frames to TCP segments: link layers, tunnels, IP and its fragments.

Knows headers; must not know connections. Out comes a ``Segment``, or the reason why there is none.
"""
