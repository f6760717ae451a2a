"""Rules from rules/random.yaml; do not edit, run `make gen`.

source sha256: 2da8924fb38f364b24a05b3fce5ab9f616d19eef845ff6a9a0b65a318320b850
torch: 2.13
"""

from __future__ import annotations

import torch

from oplift.rule import Rules
from oplift.rules.formulas import adj
from oplift.rules.kinds import Deferred, align2, any_rank, spread
from oplift.rules.pointwise import cast
from oplift.rules.random import drop, dropout, multinomial, normal_like, rrelu, uniform_like

cauchy_op = Deferred(globals(), "cauchy_op", "aten::cauchy")
exponential_op = Deferred(globals(), "exponential_op", "aten::exponential")
geometric_op = Deferred(globals(), "geometric_op", "aten::geometric")
leaky_relu_backward_op = Deferred(globals(), "leaky_relu_backward_op", "aten::leaky_relu_backward")
log_normal_op = Deferred(globals(), "log_normal_op", "aten::log_normal")
native_dropout_op = Deferred(globals(), "native_dropout_op", "aten::native_dropout")
normal_functional_op = Deferred(globals(), "normal_functional_op", "aten::normal_functional")
randint_like_Tensor_generator_op = Deferred(
    globals(), "randint_like_Tensor_generator_op", "aten::randint_like.Tensor_generator"
)
randint_like_Tensor_op = Deferred(globals(), "randint_like_Tensor_op", "aten::randint_like.Tensor")
random_from_op = Deferred(globals(), "random_from_op", "aten::random.from")
random_op = Deferred(globals(), "random_op", "aten::random")
random_to_op = Deferred(globals(), "random_to_op", "aten::random.to")
rrelu_with_noise_backward_op = Deferred(
    globals(), "rrelu_with_noise_backward_op", "aten::rrelu_with_noise_backward"
)
rrelu_with_noise_functional_op = Deferred(
    globals(), "rrelu_with_noise_functional_op", "aten::rrelu_with_noise_functional"
)
uniform_op = Deferred(globals(), "uniform_op", "aten::uniform")


# rules/random.yaml:10 aten::rand_like
def rand_like_decompose(self, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None):
    return torch.rand(self.shape, dtype=dtype or self.dtype, device=device or self.device)


# rules/random.yaml:13 aten::randn_like
def randn_like_decompose(self, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None):
    return torch.randn(self.shape, dtype=dtype or self.dtype, device=device or self.device)


# rules/random.yaml:16 aten::rand_like.generator
def rand_like_generator_decompose(
    self, generator, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.rand(
        self.shape, generator=generator, dtype=dtype or self.dtype, device=device or self.device
    )


# rules/random.yaml:19 aten::randn_like.generator
def randn_like_generator_decompose(
    self, generator, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.randn(
        self.shape, generator=generator, dtype=dtype or self.dtype, device=device or self.device
    )


# rules/random.yaml:22 aten::randint_like
def randint_like_decompose(
    self, high, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.randint(0, high, self.shape, dtype=dtype or self.dtype, device=device or self.device)


# rules/random.yaml:25 aten::randint_like.generator
def randint_like_generator_decompose(
    self, high, generator, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.randint(
        0, high, self.shape, generator=generator, dtype=dtype or self.dtype, device=device or self.device
    )


# rules/random.yaml:28 aten::randint_like.low_dtype
def randint_like_low_dtype_decompose(
    self, low, high, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.randint(low, high, self.shape, dtype=dtype or self.dtype, device=device or self.device)


# rules/random.yaml:31 aten::randint_like.low_generator_dtype
def randint_like_low_generator_dtype_decompose(
    self, low, high, generator, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    return torch.randint(
        low, high, self.shape, generator=generator, dtype=dtype or self.dtype, device=device or self.device
    )


# rules/random.yaml:35 aten::randint_like.Tensor
def randint_like_Tensor_batch(
    batch_size, batched, self, high, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None
):
    memory_format = any_rank(memory_format)
    self = spread(batch_size, batched[0], self)
    self, high = align2((True, batched[1]), self, high)
    return randint_like_Tensor_op(self, high, dtype, layout, device, pin_memory, memory_format)


# rules/random.yaml:36 aten::randint_like.Tensor_generator
def randint_like_Tensor_generator_batch(
    batch_size,
    batched,
    self,
    high,
    generator,
    dtype=None,
    layout=None,
    device=None,
    pin_memory=None,
    memory_format=None,
):
    memory_format = any_rank(memory_format)
    self = spread(batch_size, batched[0], self)
    self, high = align2((True, batched[1]), self, high)
    return randint_like_Tensor_generator_op(
        self, high, generator, dtype, layout, device, pin_memory, memory_format
    )


# rules/random.yaml:37 aten::bernoulli
def bernoulli_decompose(self, generator=None):
    return cast(uniform_like(self, generator) < self, self.dtype)


# rules/random.yaml:38 aten::bernoulli.Tensor
def bernoulli_Tensor_decompose(self, p, generator=None):
    return cast(uniform_like(self, generator) < p, self.dtype)


# rules/random.yaml:39 aten::normal.Tensor_float
def normal_Tensor_float_decompose(mean, std=1.0, generator=None):
    return normal_like(mean, generator) * std + mean.detach()


# rules/random.yaml:43 aten::normal.float_Tensor
def normal_float_Tensor_decompose(mean, std, generator=None):
    return normal_like(std, generator) * std.detach() + mean


# rules/random.yaml:47 aten::normal.Tensor_Tensor
def normal_Tensor_Tensor_decompose(mean, std, generator=None):
    return normal_like(mean + std, generator) * std.detach() + mean.detach()


# rules/random.yaml:56 aten::bernoulli.p
def bernoulli_p_batch(batch_size, batched, self, p, generator=None):
    return self.bernoulli(p, generator=generator)


# rules/random.yaml:57 aten::normal_functional
def normal_functional_batch(batch_size, batched, self, mean=0.0, std=1.0, generator=None):
    return normal_functional_op(self, mean, std, generator)


# rules/random.yaml:58 aten::uniform
def uniform_batch(batch_size, batched, self, from_=0.0, to=1.0, generator=None):
    return uniform_op(self, from_, to, generator)


# rules/random.yaml:59 aten::exponential
def exponential_batch(batch_size, batched, self, lambd=1.0, generator=None):
    return exponential_op(self, lambd, generator)


# rules/random.yaml:60 aten::geometric
def geometric_batch(batch_size, batched, self, p, generator=None):
    return geometric_op(self, p, generator)


# rules/random.yaml:61 aten::cauchy
def cauchy_batch(batch_size, batched, self, median=0.0, sigma=1.0, generator=None):
    return cauchy_op(self, median, sigma, generator)


# rules/random.yaml:62 aten::log_normal
def log_normal_batch(batch_size, batched, self, mean=1.0, std=2.0, generator=None):
    return log_normal_op(self, mean, std, generator)


# rules/random.yaml:63 aten::random
def random_batch(batch_size, batched, self, generator=None):
    return random_op(self, generator)


# rules/random.yaml:64 aten::random.from
def random_from_batch(batch_size, batched, self, from_, to, generator=None):
    return random_from_op(self, from_, to, generator)


# rules/random.yaml:65 aten::random.to
def random_to_batch(batch_size, batched, self, to, generator=None):
    return random_to_op(self, to, generator)


# rules/random.yaml:66 aten::poisson
def poisson_batch(batch_size, batched, self, generator=None):
    return torch.poisson(self, generator)


# rules/random.yaml:67 aten::binomial
def binomial_batch(batch_size, batched, count, prob, generator=None):
    count = spread(batch_size, batched[0], count)
    count, prob = align2((True, batched[1]), count, prob)
    return torch.binomial(count, prob, generator)


# rules/random.yaml:71 aten::_standard_gamma
def _standard_gamma_batch(batch_size, batched, self, generator=None):
    return torch._standard_gamma(self, generator)


def _standard_gamma_jvp(tangents, self, generator=None):
    self_t = tangents[0]
    result = torch._standard_gamma(self, generator)
    tangent = self_t * torch._standard_gamma_grad(self, result)
    return result, tangent


def _standard_gamma_vjp(needs, self, generator=None):
    result = torch._standard_gamma(self, generator)

    def _standard_gamma_pullback(grad):
        return (grad * adj(torch._standard_gamma_grad(self, result)),)

    return result, _standard_gamma_pullback


# rules/random.yaml:75 aten::_standard_gamma_grad
def _standard_gamma_grad_batch(batch_size, batched, self, output):
    self, output = align2(batched, self, output)
    return torch._standard_gamma_grad(self, output)


# rules/random.yaml:79 aten::native_dropout
def native_dropout_batch(batch_size, batched, input, p, train):
    return native_dropout_op(input, p, train)


def native_dropout_jvp(tangents, input, p, train):
    input_t = tangents[0]
    outputs = native_dropout_op(input, p, train)
    result0, result1 = outputs
    result0_t = drop(input_t, result1, p, train)
    return outputs, (result0_t, None)


def native_dropout_vjp(needs, input, p, train):
    outputs = native_dropout_op(input, p, train)
    result0, result1 = outputs

    def native_dropout_pullback(grads):
        grad = grads[0]
        return (drop(grad, result1, p, train),)

    return outputs, native_dropout_pullback


# rules/random.yaml:84 aten::rrelu_with_noise_functional
def rrelu_with_noise_functional_batch(
    batch_size, batched, self, noise, lower=0.125, upper=0.3333333333333333, training=False, generator=None
):
    self = spread(batch_size, batched[0], self)
    self, noise = align2((True, batched[1]), self, noise)
    return rrelu_with_noise_functional_op(self, noise, lower, upper, training, generator)


def rrelu_with_noise_functional_jvp(
    tangents, self, noise, lower=0.125, upper=0.3333333333333333, training=False, generator=None
):
    self_t = tangents[0]
    outputs = rrelu_with_noise_functional_op(self, noise, lower, upper, training, generator)
    result0, noise_out = outputs
    result0_t = None
    if self_t is not None:
        result0_t = rrelu_with_noise_backward_op(self_t, self, noise_out, lower, upper, training, False)
    return outputs, (result0_t, None)


def rrelu_with_noise_functional_vjp(
    needs, self, noise, lower=0.125, upper=0.3333333333333333, training=False, generator=None
):
    needs_self = needs[0]
    outputs = rrelu_with_noise_functional_op(self, noise, lower, upper, training, generator)
    result0, noise_out = outputs

    def rrelu_with_noise_functional_pullback(grads):
        grad = grads[0]
        self_ct = rrelu_with_noise_backward_op(
            grad, self, noise_out, lower, upper, training, False
        ) if needs_self else None
        return (self_ct, None)

    return outputs, rrelu_with_noise_functional_pullback


# rules/random.yaml:90 aten::rrelu_with_noise_backward
def rrelu_with_noise_backward_decompose(grad_output, self, noise, lower, upper, training, self_is_result):
    return grad_output * noise if training and upper - lower > 1e-06 else leaky_relu_backward_op(
        grad_output, self, (lower + upper) / 2, self_is_result
    )


RULES = {
    "aten::rand_like": Rules(decompose=rand_like_decompose),
    "aten::randn_like": Rules(decompose=randn_like_decompose),
    "aten::rand_like.generator": Rules(decompose=rand_like_generator_decompose),
    "aten::randn_like.generator": Rules(decompose=randn_like_generator_decompose),
    "aten::randint_like": Rules(decompose=randint_like_decompose),
    "aten::randint_like.generator": Rules(decompose=randint_like_generator_decompose),
    "aten::randint_like.low_dtype": Rules(decompose=randint_like_low_dtype_decompose),
    "aten::randint_like.low_generator_dtype": Rules(decompose=randint_like_low_generator_dtype_decompose),
    "aten::randint_like.Tensor": Rules(batch=randint_like_Tensor_batch, derivative='none', random=True),
    "aten::randint_like.Tensor_generator": Rules(
        batch=randint_like_Tensor_generator_batch, derivative='none', random=True
    ),
    "aten::bernoulli": Rules(decompose=bernoulli_decompose),
    "aten::bernoulli.Tensor": Rules(decompose=bernoulli_Tensor_decompose),
    "aten::normal.Tensor_float": Rules(decompose=normal_Tensor_float_decompose),
    "aten::normal.float_Tensor": Rules(decompose=normal_float_Tensor_decompose),
    "aten::normal.Tensor_Tensor": Rules(decompose=normal_Tensor_Tensor_decompose),
    "aten::multinomial": Rules(decompose=multinomial),
    "aten::rrelu": Rules(decompose=rrelu),
    "aten::dropout": Rules(decompose=dropout),
    "aten::bernoulli.p": Rules(batch=bernoulli_p_batch, derivative='zero', random=True),
    "aten::normal_functional": Rules(batch=normal_functional_batch, derivative='zero', random=True),
    "aten::uniform": Rules(batch=uniform_batch, derivative='zero', random=True),
    "aten::exponential": Rules(batch=exponential_batch, derivative='zero', random=True),
    "aten::geometric": Rules(batch=geometric_batch, derivative='zero', random=True),
    "aten::cauchy": Rules(batch=cauchy_batch, derivative='zero', random=True),
    "aten::log_normal": Rules(batch=log_normal_batch, derivative='zero', random=True),
    "aten::random": Rules(batch=random_batch, derivative='zero', random=True),
    "aten::random.from": Rules(batch=random_from_batch, derivative='zero', random=True),
    "aten::random.to": Rules(batch=random_to_batch, derivative='zero', random=True),
    "aten::poisson": Rules(batch=poisson_batch, derivative='zero', random=True),
    "aten::binomial": Rules(batch=binomial_batch, derivative='zero', random=True),
    "aten::_standard_gamma": Rules(
        batch=_standard_gamma_batch, jvp=_standard_gamma_jvp, vjp=_standard_gamma_vjp, random=True
    ),
    "aten::_standard_gamma_grad": Rules(
        batch=_standard_gamma_grad_batch,
        derivative='torch has no second derivative of a sample of the gamma distribution',
        pointwise=True,
    ),
    "aten::native_dropout": Rules(
        batch=native_dropout_batch,
        jvp=native_dropout_jvp,
        vjp=native_dropout_vjp,
        nondiff_outputs=(1,),
        random=True,
    ),
    "aten::rrelu_with_noise_functional": Rules(
        batch=rrelu_with_noise_functional_batch,
        jvp=rrelu_with_noise_functional_jvp,
        vjp=rrelu_with_noise_functional_vjp,
        nondiff_outputs=(1,),
        random=True,
    ),
    "aten::rrelu_with_noise_backward": Rules(decompose=rrelu_with_noise_backward_decompose),
}
