"""What comes in and goes out of a command: captures, standard output and error, files.

Knows files and terminals; must not know what a command says of flows.
"""
