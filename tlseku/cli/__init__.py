"""The command line: arguments, streams and exit codes.

Knows everything below it; nothing knows it. The only place that prints or exits, and the only one that imports
click and rich. Commands are imported when they are run, so that ``tlseku --help`` is quick.
"""

from tlseku.cli.group import main

__all__ = ["main"]
