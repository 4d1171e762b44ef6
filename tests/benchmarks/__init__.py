"""Tests of the benchmark's generator and runner."""
