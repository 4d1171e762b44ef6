"""tlseku against an independent reader of the same bytes."""
