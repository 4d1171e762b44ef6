"""The commands, a module each: ``tlseku.cli.commands.<name>.command``.

Each knows its arguments and what it prints; must not know how captures are read (``cli.streams``).
"""
