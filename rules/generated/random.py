"""Rules from rules/random.yaml; do not edit, run `make gen`.

source sha256: ea44b05123edd8e8d4c3fb8f79eb197057c0591b1d2e511db3be18e778e36dd6
torch: 2.13
"""

from __future__ import annotations

import torch

import oplift.rules.random as oplift_rules_random
from oplift.batching import Aligned
from oplift.rule import Rules
from oplift.rules.formulas import adj
from oplift.rules.kinds import Deferred, align, align2, none_of, one_example, spread
from oplift.rules.pointwise import cast
from oplift.rules.random import drop, dropout, multinomial, normal_like, rrelu, rrelu_with_noise, uniform_like

cauchy_op = Deferred(globals(), "cauchy_op", "aten::cauchy")
exponential_op = Deferred(globals(), "exponential_op", "aten::exponential")
geometric_op = Deferred(globals(), "geometric_op", "aten::geometric")
leaky_relu_backward_op = Deferred(globals(), "leaky_relu_backward_op", "aten::leaky_relu_backward")
log_normal_op = Deferred(globals(), "log_normal_op", "aten::log_normal")
native_dropout_op = Deferred(globals(), "native_dropout_op", "aten::native_dropout")
normal_functional_op = Deferred(globals(), "normal_functional_op", "aten::normal_functional")
random_from_op = Deferred(globals(), "random_from_op", "aten::random.from")
random_op = Deferred(globals(), "random_op", "aten::random")
random_to_op = Deferred(globals(), "random_to_op", "aten::random.to")
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


# rules/random.yaml:43 aten::bernoulli
def bernoulli_decompose(self, generator=None):
    return cast(uniform_like(self, generator) < self, self.dtype)


# rules/random.yaml:44 aten::bernoulli.Tensor
def bernoulli_Tensor_decompose(self, p, generator=None):
    return cast(uniform_like(self, generator, p.dtype) < p, self.dtype)


# rules/random.yaml:47 aten::normal.Tensor_float
def normal_Tensor_float_decompose(mean, std=1.0, generator=None):
    return normal_like(mean, generator) * std + mean.detach()


# rules/random.yaml:51 aten::normal.float_Tensor
def normal_float_Tensor_decompose(mean, std, generator=None):
    return normal_like(std, generator) * std.detach() + mean


# rules/random.yaml:55 aten::normal.Tensor_Tensor
def normal_Tensor_Tensor_decompose(mean, std, generator=None):
    return normal_like(mean + std, generator) * std.detach() + mean.detach()


# rules/random.yaml:65 aten::bernoulli.p
def bernoulli_p_batch(batch_size, batched, self, p, generator=None):
    return self.bernoulli(p) if generator is None else self.bernoulli(p, generator=generator)


# rules/random.yaml:66 aten::normal_functional
def normal_functional_batch(batch_size, batched, self, mean=0.0, std=1.0, generator=None):
    return normal_functional_op(self, mean, std, generator)


# rules/random.yaml:67 aten::uniform
def uniform_batch(batch_size, batched, self, from_=0.0, to=1.0, generator=None):
    return uniform_op(self, from_, to, generator)


# rules/random.yaml:68 aten::exponential
def exponential_batch(batch_size, batched, self, lambd=1.0, generator=None):
    return exponential_op(self, lambd, generator)


# rules/random.yaml:69 aten::geometric
def geometric_batch(batch_size, batched, self, p, generator=None):
    return geometric_op(self, p, generator)


# rules/random.yaml:70 aten::cauchy
def cauchy_batch(batch_size, batched, self, median=0.0, sigma=1.0, generator=None):
    return cauchy_op(self, median, sigma, generator)


# rules/random.yaml:71 aten::log_normal
def log_normal_batch(batch_size, batched, self, mean=1.0, std=2.0, generator=None):
    return log_normal_op(self, mean, std, generator)


# rules/random.yaml:72 aten::random
def random_batch(batch_size, batched, self, generator=None):
    return random_op(self, generator)


# rules/random.yaml:73 aten::random.from
def random_from_batch(batch_size, batched, self, from_, to, generator=None):
    return random_from_op(self, from_, to, generator)


# rules/random.yaml:74 aten::random.to
def random_to_batch(batch_size, batched, self, to, generator=None):
    return random_to_op(self, to, generator)


# rules/random.yaml:75 aten::poisson
def poisson_batch(batch_size, batched, self, generator=None):
    return torch.poisson(self, generator)


# rules/random.yaml:76 aten::binomial
def binomial_batch(batch_size, batched, count, prob, generator=None):
    count = spread(batch_size, batched[0], count)
    count, prob = align2((True, batched[1]), count, prob)
    return torch.binomial(count, prob, generator)


# rules/random.yaml:80 aten::_sample_dirichlet
def _sample_dirichlet_batch(batch_size, batched, self, generator=None):
    return torch._sample_dirichlet(self, generator)


# rules/random.yaml:84 aten::_dirichlet_grad
def _dirichlet_grad_batch(batch_size, batched, x, alpha, total):
    x, alpha, total = align(batched, x, alpha, total)
    return torch._dirichlet_grad(x, alpha, total)


# rules/random.yaml:88 aten::_standard_gamma
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


# rules/random.yaml:92 aten::_standard_gamma_grad
def _standard_gamma_grad_batch(batch_size, batched, self, output):
    if type(batched) is not Aligned:
        self, output = align2(batched, self, output)
    return torch._standard_gamma_grad(self, output)


# rules/random.yaml:96 aten::native_dropout
def native_dropout_batch(batch_size, batched, input, p, train):
    if not batch_size:
        return none_of(native_dropout_batch(1, batched, one_example(batched[0], input), p, train))
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


# rules/random.yaml:101 aten::rrelu_with_noise_backward
def rrelu_with_noise_backward_decompose(grad_output, self, noise, lower, upper, training, self_is_result):
    return grad_output * noise if training and upper - lower > 1e-06 else leaky_relu_backward_op(
        grad_output, self, (lower + upper) / 2, self_is_result
    )


RULES = {
    "aten::rand_like": Rules(decompose=rand_like_decompose, kind='decompose', origin='rules/random.yaml:10'),
    "aten::randn_like": Rules(
        decompose=randn_like_decompose, kind='decompose', origin='rules/random.yaml:13'
    ),
    "aten::rand_like.generator": Rules(
        decompose=rand_like_generator_decompose, kind='decompose', origin='rules/random.yaml:16'
    ),
    "aten::randn_like.generator": Rules(
        decompose=randn_like_generator_decompose, kind='decompose', origin='rules/random.yaml:19'
    ),
    "aten::randint_like": Rules(
        decompose=randint_like_decompose, kind='decompose', origin='rules/random.yaml:22'
    ),
    "aten::randint_like.generator": Rules(
        decompose=randint_like_generator_decompose, kind='decompose', origin='rules/random.yaml:25'
    ),
    "aten::randint_like.low_dtype": Rules(
        decompose=randint_like_low_dtype_decompose, kind='decompose', origin='rules/random.yaml:28'
    ),
    "aten::randint_like.low_generator_dtype": Rules(
        decompose=randint_like_low_generator_dtype_decompose, kind='decompose', origin='rules/random.yaml:31'
    ),
    "aten::randint_like.Tensor": Rules(
        batch=oplift_rules_random.randint_like_batch,
        derivative='none',
        random=True,
        kind='python',
        origin='rules/random.yaml:35',
    ),
    "aten::randint_like.Tensor_generator": Rules(
        batch=oplift_rules_random.randint_like_generator_batch,
        derivative='none',
        random=True,
        kind='python',
        origin='rules/random.yaml:39',
    ),
    "aten::bernoulli": Rules(decompose=bernoulli_decompose, kind='decompose', origin='rules/random.yaml:43'),
    "aten::bernoulli.Tensor": Rules(
        decompose=bernoulli_Tensor_decompose, kind='decompose', origin='rules/random.yaml:44'
    ),
    "aten::normal.Tensor_float": Rules(
        decompose=normal_Tensor_float_decompose, kind='decompose', origin='rules/random.yaml:47'
    ),
    "aten::normal.float_Tensor": Rules(
        decompose=normal_float_Tensor_decompose, kind='decompose', origin='rules/random.yaml:51'
    ),
    "aten::normal.Tensor_Tensor": Rules(
        decompose=normal_Tensor_Tensor_decompose, kind='decompose', origin='rules/random.yaml:55'
    ),
    "aten::multinomial": Rules(decompose=multinomial, kind='decompose', origin='rules/random.yaml:59'),
    "aten::rrelu": Rules(decompose=rrelu, kind='decompose', origin='rules/random.yaml:60'),
    "aten::rrelu_with_noise_functional": Rules(
        decompose=rrelu_with_noise, kind='decompose', origin='rules/random.yaml:61'
    ),
    "aten::dropout": Rules(decompose=dropout, kind='decompose', origin='rules/random.yaml:62'),
    "aten::bernoulli.p": Rules(
        batch=bernoulli_p_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:65'
    ),
    "aten::normal_functional": Rules(
        batch=normal_functional_batch,
        derivative='zero',
        random=True,
        kind='random',
        origin='rules/random.yaml:66',
    ),
    "aten::uniform": Rules(
        batch=uniform_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:67'
    ),
    "aten::exponential": Rules(
        batch=exponential_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:68'
    ),
    "aten::geometric": Rules(
        batch=geometric_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:69'
    ),
    "aten::cauchy": Rules(
        batch=cauchy_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:70'
    ),
    "aten::log_normal": Rules(
        batch=log_normal_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:71'
    ),
    "aten::random": Rules(
        batch=random_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:72'
    ),
    "aten::random.from": Rules(
        batch=random_from_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:73'
    ),
    "aten::random.to": Rules(
        batch=random_to_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:74'
    ),
    "aten::poisson": Rules(
        batch=poisson_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:75'
    ),
    "aten::binomial": Rules(
        batch=binomial_batch, derivative='zero', random=True, kind='random', origin='rules/random.yaml:76'
    ),
    "aten::_sample_dirichlet": Rules(
        batch=_sample_dirichlet_batch,
        derivative='a raw sample of the Dirichlet distribution has none; torch.distributions.Dirichlet(...).rsample() has',
        random=True,
        kind='random',
        origin='rules/random.yaml:80',
    ),
    "aten::_dirichlet_grad": Rules(
        batch=_dirichlet_grad_batch,
        derivative='torch has no second derivative of a sample of the Dirichlet distribution',
        pointwise=True,
        kind='pointwise',
        origin='rules/random.yaml:84',
    ),
    "aten::_standard_gamma": Rules(
        batch=_standard_gamma_batch,
        jvp=_standard_gamma_jvp,
        vjp=_standard_gamma_vjp,
        random=True,
        kind='random',
        form='partials',
        origin='rules/random.yaml:88',
    ),
    "aten::_standard_gamma_grad": Rules(
        batch=_standard_gamma_grad_batch,
        derivative='torch has no second derivative of a sample of the gamma distribution',
        pointwise=True,
        kind='pointwise',
        origin='rules/random.yaml:92',
    ),
    "aten::native_dropout": Rules(
        batch=native_dropout_batch,
        jvp=native_dropout_jvp,
        vjp=native_dropout_vjp,
        nondiff_outputs=(1,),
        random=True,
        kind='random',
        form='formulas',
        origin='rules/random.yaml:96',
    ),
    "aten::rrelu_with_noise_backward": Rules(
        decompose=rrelu_with_noise_backward_decompose, kind='decompose', origin='rules/random.yaml:101'
    ),
}
