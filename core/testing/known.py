"""What is known of ATen operators that a sample cannot say: structured operands, gauges, saved results as operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from oplift.testing.domain import Domain, hermitian

_EPSILON = 1e-5


def _squared(tensor: Tensor) -> Tensor:
    """|x|^2: what of a vector is determined when its phase is not."""
    return (tensor * tensor.conj()).real if tensor.is_complex() else tensor * tensor


def _up_to_phase(*positions: int) -> Any:
    def determined(outputs: Sequence[Tensor]) -> Sequence[Tensor]:
        return [_squared(out) if i in positions else out for i, out in enumerate(outputs)]

    return determined


def _argument(sample: Any, position: int, name: str, default: Any) -> Any:
    return sample.args[position] if len(sample.args) > position else sample.kwargs.get(name, default)


def _triangular(operand: str, position: int) -> Domain:
    """The operand is triangular, and the argument `upper` at `position` says which triangle."""

    def adapt(sample: Any) -> Domain:
        asked = _argument(sample, position, "upper", False)
        projection = _upper_with_real_diagonal if asked else _lower_with_real_diagonal
        return Domain(values={operand: projection}, directions={operand: projection})

    return Domain(adapt=adapt)


def _lower_with_real_diagonal(matrix: Tensor) -> Tensor:
    """LAPACK reads the real part of a Cholesky factor's diagonal alone."""
    return matrix.tril(-1) + torch.diag_embed(matrix.diagonal(dim1=-2, dim2=-1).real.to(matrix.dtype))


def _upper_with_real_diagonal(matrix: Tensor) -> Tensor:
    return _lower_with_real_diagonal(matrix.mT).mT


def _moments(x: Tensor, dims: list[int]) -> tuple[Tensor, Tensor]:
    """Mean and reciprocal standard deviation, as a normalisation saves them."""
    mean = x.mean(dims, keepdim=True)
    return mean, ((x - mean) ** 2).mean(dims, keepdim=True).add(_EPSILON).rsqrt()


def _layer_norm(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    dims = [-1 - i for i in range(len(sample.args[2]))]
    mean, rstd = _moments(operands["input"], dims)
    return {"mean": mean, "rstd": rstd}


def _group_norm(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    count, groups = sample.args[5], sample.args[8]
    mean, rstd = _moments(operands["input"].reshape(count, groups, -1), [-1])
    return {"mean": mean.reshape(count, groups), "rstd": rstd.reshape(count, groups)}


def _batch_norm(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    if not sample.args[7]:  # train or update: the same place in both operators that save the moments
        return {}
    x = operands["input"]
    mean, rstd = _moments(x, [i for i in range(x.dim()) if i != 1])
    return {"save_mean": mean.flatten(), "save_invstd": rstd.flatten(), "save_var": rstd.flatten()}


def _distances(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    return {"cdist": torch.cdist(operands["x1"], operands["x2"], sample.args[3])}


def _attention(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    query, key, value = (operands[name] for name in ("query", "key", "value"))
    scale = sample.kwargs.get("scale") or query.shape[-1] ** -0.5
    scores = query @ key.mT * scale
    if sample.args[7]:
        scores = scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), -torch.inf)
    if operands.get("attn_mask") is not None:
        scores = scores + operands["attn_mask"]
    return {"out": scores.softmax(-1) @ value, "logsumexp": scores.logsumexp(-1)}


def _log_sigmoid_buffer(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    return {"buffer": torch.exp(-operands["self"].abs())}


def _segments(operands: dict[str, Tensor], sample: Any) -> dict[str, Tensor]:
    reduced = torch.segment_reduce(operands["data"], sample.args[3], **sample.kwargs)
    return {"output": reduced}


def _indices_differ(sample: Any) -> bool:
    """Where two values are put at one place, PyTorch's backward reads both, its forward keeps one."""
    planes = sample.args[1].flatten(-3 if sample.args[1].dim() > 4 else -2)
    return all(row.unique().numel() == row.numel() for row in planes.reshape(-1, planes.shape[-1]))


def _loss_weight(sample: Any) -> Domain:
    """Without reduction the second result, the total weight, is not set."""
    return Domain(undetermined=frozenset({1})) if _argument(sample, 3, "reduction", 1) == 0 else Domain()


def _every_row_counts(padding: int, scale: int) -> Domain:
    """With `padding_idx` or `scale_grad_by_freq` PyTorch's backward is by definition no transpose of its forward.

    Args:
        padding, scale: where those stand among the arguments.
    """

    def accepts(sample: Any) -> bool:
        padded = _argument(sample, padding, "padding_idx", -1) >= 0
        return not padded and not _argument(sample, scale, "scale_grad_by_freq", False)

    return Domain(accepts=accepts, constant=frozenset({"offsets"}))


def _square_or_reduced(sample: Any) -> bool:
    """A full basis of a matrix that is not square has free columns, hence no derivative."""
    matrix = sample.args[0]
    return not _argument(sample, 1, "full_matrices", False) or matrix.shape[-1] == matrix.shape[-2]


_HERMITIAN_A = Domain(values={"A": hermitian}, directions={"A": hermitian})
_HERMITIAN_SELF = Domain(values={"self": hermitian}, directions={"self": hermitian})
_WITH_RUNNING_MOMENTS = [
    f"aten::{name}"
    for name in (
        "batch_norm",
        "native_batch_norm",
        "_batch_norm_no_update",
        "_batch_norm_with_update_functional",
        "_native_batch_norm_legit_functional",
        "_native_batch_norm_legit",
        "_batch_norm_with_update",
        "_native_batch_norm_legit_no_training",
    )
]
_OF_PACKED_SEQUENCES = [
    f"aten::{name}"
    for name in (
        "_pack_padded_sequence",
        "_pad_packed_sequence",
        "gru.data",
        "lstm.data",
        "rnn_relu.data",
        "rnn_tanh.data",
    )
]
_LATTICE = Domain(constant=frozenset({"log_probs", "targets", "neg_log_likelihood", "log_alpha"}))
_FLASH = Domain(dense=True)
_UNINITIALISED = Domain(undetermined=frozenset({0}), fixed=frozenset({"self"}))

KNOWN_DOMAINS: Mapping[str, Domain] = {
    "aten::_linalg_eigh": replace(_HERMITIAN_A, outputs=_up_to_phase(1)),
    "aten::linalg_eig": Domain(outputs=_up_to_phase(1)),
    "aten::_linalg_svd": Domain(outputs=_up_to_phase(0, 2), accepts=_square_or_reduced),
    "aten::linalg_eigvalsh": _HERMITIAN_SELF,
    "aten::linalg_eigh": replace(_HERMITIAN_SELF, outputs=_up_to_phase(1)),
    "aten::linalg_cholesky": _HERMITIAN_SELF,
    "aten::_linalg_det": Domain(undetermined=frozenset({1, 2})),
    "aten::_linalg_slogdet": Domain(undetermined=frozenset({2, 3})),
    "aten::_linalg_solve_ex": Domain(undetermined=frozenset({1, 2})),
    "aten::nll_loss_forward": Domain(adapt=_loss_weight),
    "aten::nll_loss2d_forward": Domain(adapt=_loss_weight),
    "aten::log_sigmoid_backward": Domain(
        constant=frozenset({"self", "buffer"}), coupled=_log_sigmoid_buffer, coupled_names=frozenset({"buffer"})
    ),
    "aten::nll_loss_backward": Domain(fixed=frozenset({"total_weight"})),
    "aten::nll_loss2d_backward": Domain(fixed=frozenset({"total_weight"})),
    "aten::soft_margin_loss": Domain(real=True),
    "aten::_ctc_loss": Domain(undetermined=frozenset({1})),
    "aten::_ctc_loss.Tensor": Domain(undetermined=frozenset({1})),
    **dict.fromkeys(_WITH_RUNNING_MOMENTS, Domain(fixed=frozenset({"running_mean", "running_var"}))),
    **dict.fromkeys(_OF_PACKED_SEQUENCES, Domain(shared=frozenset({"batch_sizes", "lengths"}))),
    "aten::_ctc_loss_backward": _LATTICE,
    "aten::_ctc_loss_backward.Tensor": _LATTICE,
    "aten::batch_norm_backward": Domain(
        coupled=_batch_norm,
        coupled_names=frozenset({"save_mean", "save_var"}),
        fixed=frozenset({"running_mean", "running_var"}),
    ),
    "aten::max_unpool2d": Domain(accepts=_indices_differ),
    "aten::max_unpool3d": Domain(accepts=_indices_differ),
    "aten::one_hot": Domain(data_shape=True),
    "aten::repeat_interleave.self_Tensor": Domain(data_shape=True),
    "aten::narrow.Tensor": Domain(shared=frozenset({"start"})),
    "aten::tensor_split.tensor_indices_or_sections": Domain(shared=frozenset({"tensor_indices_or_sections"})),
    "aten::_pdist_forward": Domain(real=True),
    "aten::native_group_norm": Domain(dense=True),
    "aten::group_norm": Domain(dense=True),
    "aten::adaptive_avg_pool1d": Domain(real=True),
    "aten::embedding": _every_row_counts(2, 3),
    "aten::embedding_dense_backward": _every_row_counts(3, 4),
    "aten::_embedding_bag": _every_row_counts(8, 3),
    "aten::embedding_bag": _every_row_counts(8, 3),
    "aten::_segment_reduce_backward": Domain(
        constant=frozenset({"output", "data", "lengths", "offsets"}),
        coupled=_segments,
        coupled_names=frozenset({"output"}),
    ),
    "aten::_embedding_bag_backward": Domain(
        constant=frozenset({"indices", "offsets", "offset2bag", "bag_size", "maximum_indices"})
    ),
    "aten::segment_reduce": Domain(constant=frozenset({"lengths", "offsets"})),
    "aten::_scaled_dot_product_flash_attention_for_cpu": _FLASH,
    "aten::_scaled_dot_product_flash_attention_for_cpu_backward": replace(
        _FLASH, coupled=_attention, coupled_names=frozenset({"out", "logsumexp"})
    ),
    "aten::cholesky": _HERMITIAN_SELF,
    "aten::linalg_cholesky_ex": _HERMITIAN_SELF,
    "aten::linalg_pinv.atol_rtol_tensor": Domain(fixed=frozenset({"atol", "rtol"})),
    "aten::cholesky_inverse": _triangular("self", 1),
    "aten::cholesky_solve": _triangular("input2", 2),
    "aten::native_layer_norm_backward": Domain(
        coupled=_layer_norm, coupled_names=frozenset({"mean", "rstd"}), fixed=frozenset({"bias"})
    ),
    "aten::native_group_norm_backward": Domain(
        coupled=_group_norm, coupled_names=frozenset({"mean", "rstd"}), dense=True
    ),
    "aten::native_batch_norm_backward": Domain(
        coupled=_batch_norm,
        coupled_names=frozenset({"save_mean", "save_invstd"}),
        fixed=frozenset({"running_mean", "running_var"}),
    ),
    "aten::_cdist_backward": Domain(coupled=_distances, coupled_names=frozenset({"cdist"})),
    "aten::empty_like": _UNINITIALISED,
    "aten::new_empty": _UNINITIALISED,
    "aten::new_empty_strided": _UNINITIALISED,
    "aten::empty_strided": _UNINITIALISED,
    "aten::empty.memory_format": _UNINITIALISED,
}
