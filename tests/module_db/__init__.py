"""Every module of torch.nn as a test of the transforms: what of docs/modules.md passes, and that it never passes less."""
