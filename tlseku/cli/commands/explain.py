"""``tlseku explain``: one flow on a page of plain English, with what to do next.

Knows the help of this command; options, reading, judging, wording and layout are done elsewhere.
"""

from tlseku.cli.one_flow import command_about_one_flow
from tlseku.output.answers.explanation import explain

command = command_about_one_flow(
    "explain",
    lambda flow, page: explain(flow).lines(page),
    data=lambda flow: explain(flow).to_dict(),
    text="""Explain one flow on a page: what each side presented and how long it was still valid then, what the
    rule-books say of it and by which rule, what the peer did, whether the two agree, and what to do next.

    A refusal is explained by everything in the chain that its alert can stand for, never by the EKU alone where
    another cause fits as well. FLOW is the number that tlseku flows shows for the same files and the same --merge.
    """,
    epilog="\b\nExamples:\n  tlseku explain capture.pcap 1\n"
    "  tlseku explain --rule-books openssl,go capture.pcap 1",
)
