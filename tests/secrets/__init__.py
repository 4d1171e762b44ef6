"""Tests of tlseku.secrets."""
