"""`python -m oplift.cli`, where the script `oplift` is not on the path."""

from oplift.cli import app

app()
