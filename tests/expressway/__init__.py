"""Tests of the product profile for Cisco Expressway. Every log, dump and bundle in here is synthetic."""
