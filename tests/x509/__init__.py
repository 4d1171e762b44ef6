"""Tests of ``tlseku.x509``."""
