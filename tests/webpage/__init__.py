"""Tests of tlseku.output.webpage."""
