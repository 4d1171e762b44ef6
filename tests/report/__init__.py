"""Tests of tlseku.output."""
