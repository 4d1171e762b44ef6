"""Refusals made live: real servers of four TLS libraries, recorded on the loopback and read by tlseku."""
