"""The line of ``tlseku/flow/1`` of an ordinary flow, written without making the flow.

Most flows of a capture differ only in addresses, frames, times and certificates: what is concluded from them is the
same each time. This package keeps the conclusion of the first flow of a kind as a template (``ending``), and the text
of each chain and request (``cards``), and fills them in (``writer``). Whatever is not plainly alike is concluded in
full. The same text comes out either way, and tests hold it to that."""
