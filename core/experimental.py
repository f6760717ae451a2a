"""The names that functorch keeps in `functorch.experimental`."""

from .api_functionalize import functionalize
from .api_vmap import chunk_vmap
from .batch_norm import replace_all_batch_norm_modules_

__all__ = ["chunk_vmap", "functionalize", "replace_all_batch_norm_modules_"]
