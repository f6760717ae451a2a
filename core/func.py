"""The names of `torch.func`, so that an import line is all that changes: `from oplift.func import vmap, grad`."""

from .api_forward import hessian, jacfwd, jvp, linearize
from .api_functionalize import functionalize
from .api_grad import grad, grad_and_value, jacrev, vjp
from .api_vmap import vmap
from .batch_norm import replace_all_batch_norm_modules_
from .debug import debug_unwrap
from .einops import rearrange
from .modules import functional_call, stack_module_state

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "rearrange",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]
