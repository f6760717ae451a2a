"""Written by `python -m oplift.codegen generate`; do not edit."""
