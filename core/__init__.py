"""oplift: composable function transforms for PyTorch, with operators that are declared in YAML."""

from . import (
    autograd,  # noqa: F401  these eight take up their places in the doors when they are imported
    control_flow,  # noqa: F401
    custom_function,  # noqa: F401
    experimental,
    func,
    indexing,  # noqa: F401
    literals,  # noqa: F401
    mode,  # noqa: F401
    registered,  # noqa: F401
    tensor_hooks,  # noqa: F401
    transforms,
)
from .api_forward import hessian, jacfwd, jvp, linearize
from .api_functionalize import functionalize
from .api_grad import grad, grad_and_value, jacrev, vjp
from .api_vmap import vmap
from .custom import CustomFunction, custom_batch, custom_jvp, custom_vjp
from .errors import EscapedTracer, FallbackWarning, MissingRule, OpliftError, PluginError, PluginWarning
from .export import export_to_torch
from .external import opaque
from .functions import install_declared as _install_declared
from .modules import (
    combine_state_for_ensemble,
    functional_call,
    make_functional,
    make_functional_with_buffers,
    stack_module_state,
)
from .specs import load_specs

_install_declared()

__version__ = "0.1.0"
__all__ = [
    "CustomFunction",
    "EscapedTracer",
    "FallbackWarning",
    "MissingRule",
    "OpliftError",
    "PluginError",
    "PluginWarning",
    "combine_state_for_ensemble",
    "custom_batch",
    "custom_jvp",
    "custom_vjp",
    "experimental",
    "export_to_torch",
    "func",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "load_specs",
    "make_functional",
    "make_functional_with_buffers",
    "opaque",
    "stack_module_state",
    "transforms",
    "vjp",
    "vmap",
]
