"""From specs in YAML to rules in Python."""

from .errors import Problem, SpecError, SpecWarning
from .generate import generate_file, load_entries, load_rules, read_specs

__all__ = ["Problem", "SpecError", "SpecWarning", "generate_file", "load_entries", "load_rules", "read_specs"]
