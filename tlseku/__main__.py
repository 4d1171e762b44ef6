"""``python -m tlseku``: the command line without an installed script."""

from tlseku.cli import main

if __name__ == "__main__":
    main(prog_name="tlseku")
