"""The tests; a package, so that `python -m tests.opdb` works from the root of a checkout."""
