"""oplift from the inside: the life of one operator through two nested transforms.

This page is a program; run it with ``python docs/inside.py``. The tests run it too, so what it says is true. It follows
`torch.sin` through `vmap(grad(f))`, from the user's call to the kernel and back. Read `core/` beside it in the order
stack, op, tracer, batching, reverse, alias, calls, functions, mode.
"""

import torch

from oplift import grad, vmap
from oplift.batching import Batched, BatchLevel
from oplift.op import operator
from oplift.reverse import ReverseLevel, Taped
from oplift.stack import STACK, bind

# ---------------------------------------------------------------------------------------------------------------------
# 1. Levels. A running transform is a level, and the levels of a thread are a stack. `vmap` pushes a BatchLevel and `grad`
#    a ReverseLevel on top of it, since grad is called inside the function that vmap runs.

seen = []


def f(x):
    seen.append([type(level).__name__ for level in STACK.levels])
    return torch.sin(x).sum()


xs, ones = torch.randn(4, 3), torch.ones(3)
vmap(grad(f))(xs)
assert seen == [["BatchLevel", "ReverseLevel"]]
assert STACK.levels == []  # and popped on every way out

# ---------------------------------------------------------------------------------------------------------------------
# 2. Tracers. What f holds is a tracer of the top level around a value of the level below: a Taped around a Batched around
#    the plain tensor. Each has the shape that belongs to its level, and no memory of its own. Let us build them by hand.

with BatchLevel(4) as batch, ReverseLevel() as tape:
    example = batch.lift(xs, 0)
    x = tape.lift(example)
    assert type(x) is Taped and x.shape == (3,)
    assert type(x.value) is Batched and x.value.shape == (3,)
    assert x.value.value.shape == (4, 3)  # the batch is dimension 0 of the value, always

    # -----------------------------------------------------------------------------------------------------------------
    # 3. The doors. `x.sin()` is a Python method that was put on the tracer class; `torch.sin(x)` comes through the function
    #    mode and a table. Both find the same Op. A function that the table lacks would run in C++ with the function
    #    protocol off, and arrive in `__torch_dispatch__` as the ATen operators that it is made of.

    sin = operator("aten::sin")
    assert sin.tensors == (0,) and sin.batch is not None and sin.vjp is not None

    # -----------------------------------------------------------------------------------------------------------------
    # 4. bind. The highest level among the operands interprets the operator: here the tape. It unwraps x, and calls the
    #    generated vjp rule on the value one level down:
    #
    #        def sin_vjp(needs, self):
    #            result = self.sin()                       # a call on a Batched: bound again, one level down
    #            def sin_pullback(grad):
    #                return (grad * adj(self.cos()),)
    #            return result, sin_pullback
    #
    #    `self.sin()` binds to the batch level, whose rule runs `sin` on the plain tensor of shape (4, 3): the kernel. On the
    #    way back each level wraps the result, and the tape adds a node that holds the pullback.

    y = bind(sin, (x,))
    assert type(y) is Taped and type(y.value) is Batched
    assert torch.equal(y.value.value, torch.sin(xs))
    assert y.node.parents == (x.node,)

    # -----------------------------------------------------------------------------------------------------------------
    # 5. What needs no level skips it. A constant is no tracer, so it never reaches a rule: cos of a plain tensor below both
    #    levels is computed once, not four times, and is not recorded.

    constant = bind(operator("aten::cos"), (ones,))
    assert type(constant) is torch.Tensor

    # -----------------------------------------------------------------------------------------------------------------
    # 6. The pullback. The tape is walked from the output to the input, last node first; the formulas are ordinary torch
    #    calls on values of the level below, so what they compute is batched too, and could be differentiated again.

    pull = tape.pullback([y], [x])
    (cotangent,) = pull([ones])
    assert type(cotangent) is Batched
    by_hand = batch.lower(cotangent)

assert torch.allclose(by_hand, torch.cos(xs))
assert torch.allclose(by_hand, vmap(grad(f))(xs))

# ---------------------------------------------------------------------------------------------------------------------
# 7. Boxes. A tracer that user code holds is a box around pure values. An in-place operator computes the pure result and
#    re-points the box, its level too: `y` is a plain tensor at first, and takes a batched value.


def in_place(x):
    y = torch.zeros(3)
    y[0] = x.sum()
    first = y[:1]
    first *= 2  # a view writes to its base
    return y


out = vmap(in_place)(xs)
assert torch.allclose(out[:, 0], 2 * xs.sum(1)) and not out[:, 1:].any()

if __name__ == "__main__":
    print("every statement of this page holds")
