"""Frames: how a frame is numbered over the files of a capture, and which frame brought which bytes.

Knows numbers and times; must not know what frames hold. Whoever talks of frames may import it.
"""
