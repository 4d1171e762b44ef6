"""``tlseku show``: one flow step by step.

Knows the help of this command; options, reading, wording and layout are done elsewhere.
"""

from tlseku.cli.one_flow import command_about_one_flow
from tlseku.output.reports.story import story_lines

command = command_about_one_flow(
    "show",
    story_lines,
    text="""Tell one flow step by step: each message with its frames, each certificate of each chain, whether the
    chain is in order and complete, what rule-books say of it, what was asked for, how it ended, what that adds up to,
    and what could not be seen.

    FLOW is the number that tlseku flows shows for the same files and the same --merge.
    """,
    epilog="\b\nExamples:\n  tlseku show capture.pcap 1\n  tlseku show --merge eth0_00.pcap eth0_01.pcap 1",
)
