"""Tests of the display filters."""
