"""Tests of tlseku.pictures."""
