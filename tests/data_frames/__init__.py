"""Tests of the tables of flows."""
