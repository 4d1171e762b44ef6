"""Tests of tlseku.decryption."""
