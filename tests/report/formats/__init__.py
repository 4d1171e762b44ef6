"""Tests of the formats of other tools, each read back by its own reader or held against its schema."""
