"""Tests of what is written as a capture."""
