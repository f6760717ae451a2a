"""Products in the order in which they cost least."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def regroup(tree: ast.expr, kinds: Mapping[str, str], varying: frozenset[str]) -> ast.expr:
    """``t * a * b`` as ``t * (a * b)``, for the `varying` name t.

    Tangents and cotangents come in batches (the columns of a Jacobian) for which the primals are constant: what does not
    depend on them is multiplied first, where it has no batch dimension.

    Args:
        kinds: name -> kind of its value, of all names in scope.
    """
    return _Regroup(kinds, varying).visit(tree) if varying else tree  # type: ignore[no-any-return]


class _Regroup(ast.NodeTransformer):
    def __init__(self, kinds: Mapping[str, str], varying: frozenset[str]) -> None:
        self.kinds, self.varying = kinds, varying
        self.known: dict[ast.AST, frozenset[str]] = {}

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        factors = _factors(node)
        still = [factor for factor in factors if self.varying.isdisjoint(self._names(factor))]
        tensors = [factor for factor in still if any(self.kinds.get(name) != "number" for name in self._names(factor))]
        # a mask times a number would have the default dtype, so one tensor is left where it is
        if len(still) == len(factors) or len(tensors) < 2:
            return self.generic_visit(node)  # type: ignore[return-value]
        moving = [self.visit(factor) for factor in factors if factor not in still]
        return ast.BinOp(_product(moving), ast.Mult(), _product(still))

    def _names(self, node: ast.AST) -> frozenset[str]:
        """The names in an expression; those of its parts are kept, for each is asked about on the way down."""
        found = self.known.get(node)
        if found is None:
            own = {node.id} if isinstance(node, ast.Name) else set[str]()
            found = self.known[node] = frozenset(own.union(*map(self._names, ast.iter_child_nodes(node))))
        return found


def _factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product; another expression is its own."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _product(factors: list[ast.expr]) -> ast.expr:
    result = factors[0]
    for factor in factors[1:]:
        result = ast.BinOp(result, ast.Mult(), factor)
    return result
