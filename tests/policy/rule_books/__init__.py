"""Tests of the rule-books: their format, their vocabulary, how they judge."""
