"""The generator's command: ``python -m oplift.codegen [generate|check] [FILE...]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .shipped import check, generate


def main(argv: Sequence[str] | None = None) -> int:
    """Write the modules of rules, or say whether they are fresh; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m oplift.codegen", description="Rules from specs.")
    parser.add_argument("command", nargs="?", default="generate", choices=["generate", "check"])
    parser.add_argument("files", nargs="*", metavar="FILE", help="YAML files of rules/; all of them by default")
    options = parser.parse_args(argv)
    run = generate if options.command == "generate" else check
    messages = run(options.files)
    for message in messages:
        print(message, file=sys.stderr)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
