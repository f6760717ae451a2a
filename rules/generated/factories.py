"""Rules from rules/factories.yaml; do not edit, run `make gen`.

source sha256: 233c815a43d3df7c0f6998641ac2bcb59d8d25f5d90260982c81f0d7a3b394fb
torch: 2.13
"""

from __future__ import annotations

from oplift.rule import Rules, Unbatched
from oplift.rules.factories import linspace_values, logspace_values
from oplift.rules.kinds import Deferred, any_rank, example

empty_like_op = Deferred(globals(), "empty_like_op", "aten::empty_like")
full_like_op = Deferred(globals(), "full_like_op", "aten::full_like")
new_empty_op = Deferred(globals(), "new_empty_op", "aten::new_empty")
new_empty_strided_op = Deferred(globals(), "new_empty_strided_op", "aten::new_empty_strided")
new_full_op = Deferred(globals(), "new_full_op", "aten::new_full")
new_ones_op = Deferred(globals(), "new_ones_op", "aten::new_ones")
new_zeros_op = Deferred(globals(), "new_zeros_op", "aten::new_zeros")
ones_like_op = Deferred(globals(), "ones_like_op", "aten::ones_like")
zeros_like_op = Deferred(globals(), "zeros_like_op", "aten::zeros_like")


# rules/factories.yaml:6 aten::zeros_like
def zeros_like_batch(
    batch_size, batched, self, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    memory_format = any_rank(memory_format)
    self = example(self)
    return Unbatched(zeros_like_op(self, dtype, layout, device, pin_memory, memory_format))


# rules/factories.yaml:7 aten::ones_like
def ones_like_batch(
    batch_size, batched, self, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    memory_format = any_rank(memory_format)
    self = example(self)
    return Unbatched(ones_like_op(self, dtype, layout, device, pin_memory, memory_format))


# rules/factories.yaml:8 aten::full_like
def full_like_batch(
    batch_size,
    batched,
    self,
    fill_value,
    dtype=None,
    layout=None,
    device=None,
    pin_memory=None,
    memory_format=None,
):
    memory_format = any_rank(memory_format)
    self = example(self)
    return Unbatched(full_like_op(self, fill_value, dtype, layout, device, pin_memory, memory_format))


# rules/factories.yaml:9 aten::empty_like
def empty_like_batch(
    batch_size, batched, self, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    memory_format = any_rank(memory_format)
    self = example(self)
    return Unbatched(empty_like_op(self, dtype, layout, device, pin_memory, memory_format))


# rules/factories.yaml:10 aten::new_zeros
def new_zeros_batch(batch_size, batched, self, size, dtype=None, layout=None, device=None, pin_memory=None):
    self = example(self)
    return Unbatched(new_zeros_op(self, size, dtype, layout, device, pin_memory))


# rules/factories.yaml:11 aten::new_ones
def new_ones_batch(batch_size, batched, self, size, dtype=None, layout=None, device=None, pin_memory=None):
    self = example(self)
    return Unbatched(new_ones_op(self, size, dtype, layout, device, pin_memory))


# rules/factories.yaml:12 aten::new_full
def new_full_batch(
    batch_size, batched, self, size, fill_value, dtype=None, layout=None, device=None, pin_memory=None
):
    self = example(self)
    return Unbatched(new_full_op(self, size, fill_value, dtype, layout, device, pin_memory))


# rules/factories.yaml:13 aten::new_empty
def new_empty_batch(batch_size, batched, self, size, dtype=None, layout=None, device=None, pin_memory=None):
    self = example(self)
    return Unbatched(new_empty_op(self, size, dtype, layout, device, pin_memory))


# rules/factories.yaml:14 aten::new_empty_strided
def new_empty_strided_batch(
    batch_size, batched, self, size, stride, dtype=None, layout=None, device=None, pin_memory=None
):
    self = example(self)
    return Unbatched(new_empty_strided_op(self, size, stride, dtype, layout, device, pin_memory))


# rules/factories.yaml:17 aten::linspace.Tensor_Tensor
def linspace_Tensor_Tensor_decompose(
    start, end, steps, dtype=None, layout=None, device=None, pin_memory=None
):
    return linspace_values(start, end, steps, dtype, device)


# rules/factories.yaml:20 aten::linspace.Tensor_Scalar
def linspace_Tensor_Scalar_decompose(
    start, end, steps, dtype=None, layout=None, device=None, pin_memory=None
):
    return linspace_values(start, end, steps, dtype, device)


# rules/factories.yaml:23 aten::linspace.Scalar_Tensor
def linspace_Scalar_Tensor_decompose(
    start, end, steps, dtype=None, layout=None, device=None, pin_memory=None
):
    return linspace_values(start, end, steps, dtype, device)


# rules/factories.yaml:26 aten::logspace.Tensor_Tensor
def logspace_Tensor_Tensor_decompose(
    start, end, steps, base=10.0, dtype=None, layout=None, device=None, pin_memory=None
):
    return logspace_values(start, end, steps, base, dtype, device)


# rules/factories.yaml:29 aten::logspace.Tensor_Scalar
def logspace_Tensor_Scalar_decompose(
    start, end, steps, base=10.0, dtype=None, layout=None, device=None, pin_memory=None
):
    return logspace_values(start, end, steps, base, dtype, device)


# rules/factories.yaml:32 aten::logspace.Scalar_Tensor
def logspace_Scalar_Tensor_decompose(
    start, end, steps, base=10.0, dtype=None, layout=None, device=None, pin_memory=None
):
    return logspace_values(start, end, steps, base, dtype, device)


RULES = {
    "aten::zeros_like": Rules(
        batch=zeros_like_batch, derivative='none', kind='factory', origin='rules/factories.yaml:6'
    ),
    "aten::ones_like": Rules(
        batch=ones_like_batch, derivative='none', kind='factory', origin='rules/factories.yaml:7'
    ),
    "aten::full_like": Rules(
        batch=full_like_batch, derivative='none', kind='factory', origin='rules/factories.yaml:8'
    ),
    "aten::empty_like": Rules(
        batch=empty_like_batch, derivative='none', kind='factory', origin='rules/factories.yaml:9'
    ),
    "aten::new_zeros": Rules(
        batch=new_zeros_batch, derivative='none', kind='factory', origin='rules/factories.yaml:10'
    ),
    "aten::new_ones": Rules(
        batch=new_ones_batch, derivative='none', kind='factory', origin='rules/factories.yaml:11'
    ),
    "aten::new_full": Rules(
        batch=new_full_batch, derivative='none', kind='factory', origin='rules/factories.yaml:12'
    ),
    "aten::new_empty": Rules(
        batch=new_empty_batch, derivative='none', kind='factory', origin='rules/factories.yaml:13'
    ),
    "aten::new_empty_strided": Rules(
        batch=new_empty_strided_batch, derivative='none', kind='factory', origin='rules/factories.yaml:14'
    ),
    "aten::linspace.Tensor_Tensor": Rules(
        decompose=linspace_Tensor_Tensor_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:17',
    ),
    "aten::linspace.Tensor_Scalar": Rules(
        decompose=linspace_Tensor_Scalar_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:20',
    ),
    "aten::linspace.Scalar_Tensor": Rules(
        decompose=linspace_Scalar_Tensor_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:23',
    ),
    "aten::logspace.Tensor_Tensor": Rules(
        decompose=logspace_Tensor_Tensor_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:26',
    ),
    "aten::logspace.Tensor_Scalar": Rules(
        decompose=logspace_Tensor_Scalar_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:29',
    ),
    "aten::logspace.Scalar_Tensor": Rules(
        decompose=logspace_Scalar_Tensor_decompose,
        derivative='none',
        kind='decompose',
        origin='rules/factories.yaml:32',
    ),
    "aten::_local_scalar_dense": Rules(
        derivative='none', batch_loop=True, kind='loop', origin='rules/factories.yaml:37'
    ),
}
