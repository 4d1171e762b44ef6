"""Tests of tlseku.cli."""
