"""Tests of ``tlseku.network``."""
