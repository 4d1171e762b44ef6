"""Tests of tlseku.webpage."""
