"""``tlseku ladder``: one handshake drawn between its two hosts.

Knows the help of this command; options, reading, layout and drawing are done elsewhere.
"""

from tlseku.cli.one_flow import command_about_one_flow
from tlseku.output.pictures import flow_ladder_svg, ladder_lines

command = command_about_one_flow(
    "ladder",
    ladder_lines,
    text="""Draw the handshake of one flow as a ladder: an arrow for what each side completes in a frame, with frame
    numbers and times, and below it the certificates with their verdicts, the CertificateRequest, the alert. What
    cannot be seen is drawn as a hidden stretch where it would have stood.

    FLOW is the number that tlseku flows shows for the same files and the same --merge. What does not fit is cut;
    tlseku show has it in full.
    """,
    epilog="\b\nExamples:\n  tlseku ladder capture.pcap 1\n  tlseku ladder -o ladder.svg capture.pcap 1",
    drawn=flow_ladder_svg,
)
