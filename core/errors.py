"""The errors and warnings that oplift raises for its users."""


class OpliftError(RuntimeError):
    """Base of oplift's own errors; a RuntimeError, as functorch's users expect."""


class MissingRule(OpliftError, NotImplementedError):
    """An operator was reached by a transform for which nothing tells how to handle it."""


class UndeclaredDerivative(MissingRule):
    """A derivative was asked for of which a spec says `not_implemented`."""


class EscapedTracer(OpliftError):
    """A tensor was used after the transform that it belongs to had returned."""


class FallbackWarning(UserWarning):
    """An operator had no batching rule, so it ran once for each example."""


class PluginError(OpliftError, ValueError):
    """A plugin, or rules that it brings, cannot be taken in; nothing has changed."""


class PluginWarning(UserWarning):
    """A plugin that was found is broken, and left out."""
