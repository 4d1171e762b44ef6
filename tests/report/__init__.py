"""Tests of tlseku.report."""
