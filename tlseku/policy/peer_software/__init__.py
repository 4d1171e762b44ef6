"""Whose software asks for a client's certificate, and what is known of it.

Three tables in ``data`` and what is read from them: the TLS libraries and how each asks (``stacks``), products that
were run and what each does when it refuses (``products``), and protocols with rules of their own (``protocol_rules``).
They know shapes, certificates' purposes and names; they must not know packets or flows. The tables are read when
somebody first asks.
"""
