"""The questions about an Expressway as functions, and their answers as objects; ``tlseku.expressway`` is their face.

Knows which report answers which question; must not know layout, streams or options.
"""
