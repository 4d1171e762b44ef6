"""Tests of tlseku.output.pictures."""
