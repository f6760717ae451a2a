"""What the walk over the registry needs to know beside the specs: samples that PyTorch's database lacks, operators that
cannot be asked, and findings that are no mistake of a rule, each with its reason."""

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "gru": 3, "lstm": 4}


def _weights(kind: str) -> str:
    rows = 3 * _GATES[kind]
    return f"[randn({rows}, 3), randn({rows}, 3), randn({rows}), randn({rows})]"


def _state(kind: str) -> str:
    return "[randn(1, 2, 3), randn(1, 2, 3)]" if kind == "lstm" else "randn(1, 2, 3)"


def _networks() -> dict[str, list[str]]:
    """The recurrent networks: a padded batch, and a packed one."""
    made = {}
    for kind in _GATES:
        rest = f"{_state(kind)}, {_weights(kind)}, True, 1, 0.0, True, False"
        made[f"aten::{kind}.input"] = [f"randn(3, 2, 3), {rest}, False"]
        made[f"aten::{kind}.data"] = [f"randn(5, 3), tensor([2, 2, 1]), {rest}"]
    return made


_BATCH_NORM = "randn(3, 2, 4), rand(2), rand(2), zeros(2), rand(2) + 0.5"
_BAGS = "tensor([1, 2, 4]), tensor([0, 0, 1]), tensor([2, 1])"
_CTC = "randn(6, 2, 4).log_softmax(2), randint(1, 4, (2, 3))"

#: Operator -> samples, as the text of a call.
SAMPLES: dict[str, list[str]] = {
    **_networks(),
    "aten::_batch_norm_no_update": [f"{_BATCH_NORM}, 0.1, 1e-5"],
    "aten::_batch_norm_with_update_functional": [f"{_BATCH_NORM}, 0.1, 1e-5"],
    "aten::_ctc_loss": [f"{_CTC}, [6, 5], [3, 2]"],
    "aten::_ctc_loss.Tensor": [f"{_CTC}, tensor([6, 5]), tensor([3, 2])"],
    "aten::_convolution": [
        "randn(2, 3, 5), randn(4, 3, 3), randn(4), [1], [1], [1], False, [0], 1, False, False, True, True"
    ],
    "aten::_ctc_loss_backward": [f"randn(2), {_CTC}, [6, 5], [3, 2], rand(2) + 3, randn(2, 6, 7), 0"],
    "aten::_ctc_loss_backward.Tensor": [
        f"randn(2), {_CTC}, tensor([6, 5]), tensor([3, 2]), rand(2) + 3, randn(2, 6, 7), 0"
    ],
    "aten::_embedding_bag_dense_backward": [
        f"randn(2, 3), {_BAGS}, zeros(0).long(), 5, False, 0, None",
        f"randn(2, 3), {_BAGS}, tensor([[1, 2, 1], [4, 4, 4]]), 5, False, 2, None",
    ],
    "aten::_embedding_bag_forward_only": ["randn(5, 3), tensor([1, 2, 4]), tensor([0, 2]), False, 1"],
    "aten::_fused_rms_norm": ["randn(2, 3), [3], rand(3), 1e-5", "randn(2, 3, 2), [3, 2], None, 1e-5"],
    "aten::_linalg_eigvals": ["randn(3, 3)", "randn(2, 3, 3)"],
    "aten::_native_batch_norm_legit_functional": [
        f"{_BATCH_NORM}, True, 0.1, 1e-5",
        f"{_BATCH_NORM}, False, 0.1, 1e-5",
    ],
    "aten::_native_batch_norm_legit_no_training": [f"{_BATCH_NORM}, 0.1, 1e-5"],
    "aten::_pack_padded_sequence": ["randn(3, 2, 4), tensor([3, 2]), False"],
    "aten::_pad_circular": ["randn(2, 3, 4), [1, 2]", "randn(2, 3, 4, 4), [1, 1, 2, 0]"],
    "aten::_pad_packed_sequence": ["randn(5, 4), tensor([2, 2, 1]), False, 0.0, 3"],
    "aten::_reshape_alias": ["randn(3, 4), [4, 3], [3, 1]"],
    "aten::_reshape_alias_copy": ["randn(3, 4), [4, 3], [3, 1]"],
    "aten::_reshape_copy": ["randn(3, 4), [2, 6]"],
    "aten::_scaled_dot_product_attention_math": [
        "randn(2, 3, 4), randn(2, 5, 4), randn(2, 5, 4)",
        "randn(2, 2, 3, 4), randn(2, 2, 3, 4), randn(2, 2, 3, 4), None, 0.0, True",
        "randn(2, 3, 4), randn(2, 5, 4), randn(2, 5, 4), randn(3, 5), scale=0.3",
    ],
    "aten::_stack": ["[randn(3), randn(3)], 0", "[randn(2, 3), randn(2, 3), randn(2, 3)], -1"],
    "aten::_unsafe_index.Tensor": ["randn(4, 3), [tensor([0, 2, 2])]", "randn(4, 3), [None, tensor([1, 1])]"],
    "aten::_unsafe_index_put": [
        "randn(4, 3), [tensor([0, 2])], randn(2, 3)",
        "randn(4, 3), [None, tensor([1, 1])], randn(4, 2), True",
    ],
    "aten::_upsample_bicubic2d_aa": ["randn(1, 2, 4, 4), [6, 5], False", "randn(1, 2, 6, 6), [3, 4], True"],
    "aten::_upsample_bicubic2d_aa_backward": ["randn(1, 2, 6, 5), [6, 5], [1, 2, 4, 4], False"],
    "aten::_upsample_lanczos2d_aa": ["randn(1, 2, 4, 4), [6, 5], False"],
    "aten::_upsample_lanczos2d_aa_backward": ["randn(1, 2, 6, 5), [6, 5], [1, 2, 4, 4], False"],
    "aten::_upsample_nearest_exact3d": ["randn(1, 2, 3, 3, 2), [4, 5, 3]"],
    "aten::_upsample_nearest_exact3d_backward": ["randn(1, 2, 4, 5, 3), [4, 5, 3], [1, 2, 3, 3, 2]"],
    "aten::adaptive_max_pool1d": ["randn(2, 6), [3]", "randn(2, 3, 6), [2]"],
    "aten::affine_grid_generator": ["randn(2, 2, 3), [2, 1, 3, 2], False"],
    "aten::batch_norm_backward": [
        "randn(3, 2, 4), randn(3, 2, 4), rand(2), zeros(2), ones(2), zeros(2), ones(2), True, 1e-5, "
        "[True, True, True], zeros(0).byte()"
    ],
    "aten::conv2d.padding": ["randn(2, 3, 5, 5), randn(4, 3, 3, 3), randn(4), [1, 1], 'same'"],
    "aten::conv_tbc": ["randn(5, 2, 3), randn(3, 3, 4), randn(4), 1"],
    "aten::embedding_renorm": ["randn(5, 3), tensor([0, 2]), 1.0, 2.0"],
    "aten::grid_sampler": ["randn(1, 2, 4, 4), rand(1, 3, 3, 2) * 1.8 - 0.9, 0, 0, False"],
    "aten::gru_cell": ["randn(2, 3), randn(2, 4), randn(12, 3), randn(12, 4), randn(12), randn(12)"],
    "aten::lstm_cell": ["randn(2, 3), [randn(2, 4), randn(2, 4)], randn(16, 3), randn(16, 4), randn(16), randn(16)"],
    "aten::nll_loss": ["randn(3, 4), tensor([0, 2, 1])", "randn(3, 4), tensor([0, 2, 1]), rand(4), 2, 1"],
    "aten::nll_loss2d": ["randn(2, 3, 2, 2), randint(0, 3, (2, 2, 2))"],
    "aten::nll_loss_nd": ["randn(3, 4), tensor([0, 2, 1])", "randn(2, 3, 2, 2), randint(0, 3, (2, 2, 2))"],
    "aten::resize": ["randn(6), [2, 3]"],
    "aten::resize_as": ["randn(6), randn(2, 3)"],
    "aten::rrelu_with_noise_functional": ["randn(3, 4), zeros(3, 4), 0.125, 0.25, True"],
    "aten::scatter.value_reduce": ["randn(3, 4), 0, tensor([[0, 1, 2, 0]]), 2.5, reduce='multiply'"],
}

_CUDA = "has a CUDA kernel only; the GPU tests call what leads to it"

_INNER = "is registered by torch when linear_cross_entropy first runs, and called by nothing else"

_STRAIGHT = "has the straight-through gradient, which differences contradict; tests/rules/test_fake_quantize.py"

#: Operator -> why no sample can be drawn for it.
NO_SAMPLE: dict[str, str] = {
    "aten::_cudnn_rnn": _CUDA,
    "aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams": _STRAIGHT,
    "aten::_grouped_mm": "takes no float64, in which is checked; tests/test_library_idioms.py",
    "aten::_linalg_check_errors": "has no result",
    "aten::_local_scalar_dense": "has a Python number for a result",
    "aten::_make_dual": "is refused, by whichever transform it meets",
    "aten::_scaled_dot_product_cudnn_attention": _CUDA,
    "aten::_scaled_dot_product_cudnn_attention_backward": _CUDA,
    "aten::_scaled_dot_product_efficient_attention": _CUDA,
    "aten::_scaled_dot_product_efficient_attention_backward": _CUDA,
    "aten::_scaled_dot_product_flash_attention": _CUDA,
    "aten::_scaled_dot_product_flash_attention_backward": _CUDA,
    "aten::_sparse_addmm": "has a sparse operand, which is never batched; tests/rules/test_matmul.py",
    "aten::_thnn_fused_gru_cell": _CUDA,
    "aten::_thnn_fused_lstm_cell": _CUDA,
    "aten::addmm.dtype": _CUDA,
    "aten::baddbmm.dtype": _CUDA,
    "aten::bmm.dtype": _CUDA,
    "aten::cudnn_batch_norm": _CUDA,
    "aten::cudnn_grid_sampler": _CUDA,
    "aten::mkldnn_rnn_layer": "takes oneDNN's own layout of the weights; lstm.input leads to it",
    "aten::mm.dtype": _CUDA,
    "torch_nn::_linear_cross_entropy_batch_chunked": _INNER,
    "torch_nn::_linear_cross_entropy_batch_chunked_no_reduction": _INNER,
}

_ONE = "the bounds of the sample leave one number to draw"

#: Operator -> check -> why what it finds is no mistake of the rule.
DEVIATIONS: dict[str, dict[str, str]] = {
    "aten::_scaled_dot_product_flash_attention_for_cpu": {"random": "the CPU kernel refuses dropout_p > 0"},
    "aten::bernoulli.Tensor": dict.fromkeys(
        ["batch", "batch: in_dims=-1", "batch: strided", "batch: size 1"],
        "of an empty operand PyTorch's kernel does not see that its probability is complex, which the rule refuses",
    ),
    "aten::randint_like.generator": {"random: different": _ONE},
    "aten::randint_like.low_generator_dtype": {"random: different": _ONE},
    "aten::random.to": {"random: different": _ONE},
}
