"""From specs in YAML to rules in Python."""

from .errors import Problem, SpecError
from .generate import generate_file, load_rules, read_specs

__all__ = ["Problem", "SpecError", "generate_file", "load_rules", "read_specs"]
