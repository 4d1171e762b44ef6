"""TLS stacks in live handshakes on the loopback, held against their rule-books: what they accept, and what they say."""
