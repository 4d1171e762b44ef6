"""Tests of ``tlseku.policy``."""
