// rbfkit::gaussian: how near every row of x is to every row of y, exp(-gamma |x_i - y_j|^2), in one pass over both.
//
// Nothing here knows of transforms or derivatives: those are declared in gaussian.yaml. Leading dimensions are examples.

#include <ATen/Dispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <cmath>

namespace {

template <typename scalar_t>
void fill(const at::Tensor& x, const at::Tensor& y, double gamma, at::Tensor& out) {
  const int64_t n = x.size(-2), m = y.size(-2), d = x.size(-1);
  const int64_t examples = n * m == 0 ? 0 : out.numel() / (n * m);
  const scalar_t *xs = x.const_data_ptr<scalar_t>(), *ys = y.const_data_ptr<scalar_t>();
  scalar_t* o = out.mutable_data_ptr<scalar_t>();
  for (int64_t b = 0; b < examples; ++b, xs += n * d, ys += m * d) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < m; ++j) {
        scalar_t distance = 0;
        for (int64_t k = 0; k < d; ++k) {
          const scalar_t gap = xs[i * d + k] - ys[j * d + k];
          distance += gap * gap;
        }
        *o++ = std::exp(static_cast<scalar_t>(-gamma) * distance);
      }
    }
  }
}

at::Tensor gaussian(const at::Tensor& x, const at::Tensor& y, double gamma) {
  TORCH_CHECK(x.dim() >= 2 && y.dim() == x.dim(), "gaussian: want x [..., n, d] and y [..., m, d] of one rank, got ",
              x.sizes(), " and ", y.sizes());
  TORCH_CHECK(x.sizes().slice(0, x.dim() - 2) == y.sizes().slice(0, y.dim() - 2) && x.size(-1) == y.size(-1),
              "gaussian: x and y may differ in the last but one dimension only, got ", x.sizes(), " and ", y.sizes());
  TORCH_CHECK(x.scalar_type() == y.scalar_type(), "gaussian: want one dtype, got ", x.scalar_type(), " and ",
              y.scalar_type());
  auto shape = x.sizes().vec();
  shape.back() = y.size(-2);
  auto out = at::empty(shape, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "gaussian",
                             [&] { fill<scalar_t>(x.contiguous(), y.contiguous(), gamma, out); });
  return out;
}

}  // namespace

TORCH_LIBRARY(rbfkit, library) { library.def("gaussian(Tensor x, Tensor y, float gamma=1.0) -> Tensor"); }

TORCH_LIBRARY_IMPL(rbfkit, CPU, library) { library.impl("gaussian", gaussian); }
