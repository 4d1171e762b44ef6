"""Tests of the product profiles."""
