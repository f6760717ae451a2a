"""Helpers of rnn.yaml: recurrent networks, written in operators.

What a step does not need the state for (the products with the input) is done for all steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import dropout as drop
from torch.nn.functional import linear

State = tuple[Tensor, ...]
#: (gates of the input at this step, state, weights) -> state
Step = Callable[[Tensor, State, "Weights"], State]

# ---- cells


class Weights:
    """The parameters of one direction of one layer: w_ih, w_hh, then the biases and the projection, where there are."""

    def __init__(self, params: Sequence[Tensor], has_biases: bool) -> None:
        self.ih, self.hh = params[:2]
        self.b_ih: Tensor | None = params[2] if has_biases else None
        self.b_hh: Tensor | None = params[3] if has_biases else None
        rest = params[4:] if has_biases else params[2:]
        self.projection = rest[0] if rest else None

    def inputs(self, x: Tensor, hidden_bias_too: bool) -> Tensor:
        """The gates' share of the input; the state's bias may as well be added here."""
        bias = self.b_ih
        if hidden_bias_too and self.b_hh is not None:
            bias = self.b_hh if bias is None else bias + self.b_hh
        return linear(x, self.ih, bias)


def lstm_gates(gates: Tensor, cell: Tensor) -> State:
    """(gates i, f, g, o side by side, cell) -> (hidden, cell)"""
    i, f, g, o = gates.chunk(4, 1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def lstm_step(gates: Tensor, state: State, weights: Weights) -> State:
    """One step of an LSTM, with or without projection of the hidden state."""
    hidden, cell = lstm_gates(torch.addmm(gates, state[0], weights.hh.mT), state[1])
    return hidden if weights.projection is None else linear(hidden, weights.projection), cell


def gru_gates(gates: Tensor, hidden_gates: Tensor, hidden: Tensor) -> Tensor:
    """(r, z, n of the input, r, z, n of the state, state) -> state"""
    (r, z, n), (hr, hz, hn) = gates.chunk(3, 1), hidden_gates.chunk(3, 1)
    z = (z + hz).sigmoid()
    n = (n + (r + hr).sigmoid() * hn).tanh()
    return (hidden - n) * z + n


def gru_step(gates: Tensor, state: State, weights: Weights) -> State:
    """One step of a GRU."""
    return (gru_gates(gates, linear(state[0], weights.hh, weights.b_hh), state[0]),)


def tanh_step(gates: Tensor, state: State, weights: Weights) -> State:
    """One step of a plain network."""
    return (torch.addmm(gates, state[0], weights.hh.mT).tanh(),)


def relu_step(gates: Tensor, state: State, weights: Weights) -> State:
    """One step of a plain network with relu."""
    return (torch.addmm(gates, state[0], weights.hh.mT).relu(),)


# ---- layers


def _run(step: Step, gates: Iterable[Tensor], state: State, weights: Weights) -> tuple[list[Tensor], State]:
    """All steps of one direction: the hidden state after each, and the last state."""
    hidden = []
    for gate in gates:
        state = step(gate, state, weights)
        hidden.append(state[0])
    return hidden, state


def _run_packed(
    step: Step, gates: Sequence[Tensor], state: State, weights: Weights, backwards: bool
) -> tuple[list[Tensor], State]:
    """The same for sequences sorted by length, of which fewer and fewer have another step."""
    initial, done, hidden = state, [], []
    if backwards:
        state = tuple([s[: gates[0].shape[0]] for s in state])
    for gate in gates:
        n, have = gate.shape[0], state[0].shape[0]
        if n < have:
            done.append(tuple([s[n:] for s in state]))
            state = tuple([s[:n] for s in state])
        elif n > have:
            state = tuple([torch.cat([s, first[have:n]]) for s, first in zip(state, initial, strict=True)])
        state = step(gate, state, weights)
        hidden.append(state[0])
    parts = [state, *reversed(done)]
    return hidden, tuple([torch.cat(s) for s in zip(*parts, strict=True)]) if done else state


def _direction(
    step: Step, x: Tensor, batch_sizes: list[int] | None, state: State, weights: Weights, backwards: bool
) -> tuple[Tensor, State]:
    """One direction of one layer: outputs of all steps, in the order of time, and the last state."""
    gates = weights.inputs(x, step is not gru_step)
    each = list(gates.unbind(0) if batch_sizes is None else gates.split(batch_sizes))
    each = each[::-1] if backwards else each
    if batch_sizes is None:
        hidden, last = _run(step, each, state, weights)
    else:
        hidden, last = _run_packed(step, each, state, weights, backwards)
    hidden = hidden[::-1] if backwards else hidden
    return torch.stack(hidden) if batch_sizes is None else torch.cat(hidden), last


def network(
    step: Step, x: Tensor, batch_sizes: list[int] | None, states: Sequence[Tensor], params: Sequence[Tensor],
    has_biases: bool, num_layers: int, dropout: float, train: bool, bidirectional: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """All layers: the output, and the last states stacked; time is the first dimension of `x`."""
    directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * directions)
    initial = list(zip(*(s.unbind(0) for s in states), strict=True))
    finals: list[State] = []
    for layer in range(num_layers):
        outputs = []
        for backwards in range(directions):
            k = layer * directions + backwards
            weights = Weights(params[k * each : (k + 1) * each], has_biases)
            output, last = _direction(step, x, batch_sizes, initial[k], weights, bool(backwards))
            outputs.append(output)
            finals.append(last)
        x = torch.cat(outputs, -1) if bidirectional else outputs[0]
        if dropout and train and layer < num_layers - 1:
            x = drop(x, dropout)
    return x, *(torch.stack(s) for s in zip(*finals, strict=True))


def _sequences(step: Step, x: Tensor, states: Sequence[Tensor], *rest: Any) -> tuple[Tensor, ...]:
    *others, batch_first = rest
    out, *last = network(step, x.transpose(0, 1) if batch_first else x, None, states, *others)
    return out.transpose(0, 1) if batch_first else out, *last


def lstm(input: Tensor, hx: Sequence[Tensor], params: Sequence[Tensor], *rest: Any) -> tuple[Tensor, ...]:
    """lstm.input: (output, last hidden state, last cell)."""
    return _sequences(lstm_step, input, hx, params, *rest)


def gru(input: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any) -> tuple[Tensor, ...]:
    """gru.input: (output, last state)."""
    return _sequences(gru_step, input, [hx], params, *rest)


def rnn_tanh(input: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any) -> tuple[Tensor, ...]:
    """rnn_tanh.input: (output, last state)."""
    return _sequences(tanh_step, input, [hx], params, *rest)


def rnn_relu(input: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any) -> tuple[Tensor, ...]:
    """rnn_relu.input: (output, last state)."""
    return _sequences(relu_step, input, [hx], params, *rest)


def lstm_packed(
    data: Tensor, batch_sizes: Tensor, hx: Sequence[Tensor], params: Sequence[Tensor], *rest: Any
) -> tuple[Tensor, ...]:
    """lstm.data, of a PackedSequence."""
    return network(lstm_step, data, batch_sizes.tolist(), hx, params, *rest)


def gru_packed(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any
) -> tuple[Tensor, ...]:
    """gru.data, of a PackedSequence."""
    return network(gru_step, data, batch_sizes.tolist(), [hx], params, *rest)


def rnn_tanh_packed(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any
) -> tuple[Tensor, ...]:
    """rnn_tanh.data, of a PackedSequence."""
    return network(tanh_step, data, batch_sizes.tolist(), [hx], params, *rest)


def rnn_relu_packed(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: Sequence[Tensor], *rest: Any
) -> tuple[Tensor, ...]:
    """rnn_relu.data, of a PackedSequence."""
    return network(relu_step, data, batch_sizes.tolist(), [hx], params, *rest)


# ---- single steps


def _cell(step: Step, x: Tensor, state: State, params: Sequence[Tensor | None]) -> State:
    weights = Weights([p for p in params if p is not None], params[2] is not None)
    single = x.ndim == 1
    if single:
        x, state = x.unsqueeze(0), tuple([s.unsqueeze(0) for s in state])
    found = step(weights.inputs(x, step is not gru_step), state, weights)
    return tuple([s.squeeze(0) for s in found]) if single else found


def lstm_cell(input: Tensor, hx: Sequence[Tensor], *params: Tensor | None) -> State:
    """lstm_cell: (hidden, cell)."""
    return _cell(lstm_step, input, tuple(hx), params)


def gru_cell(input: Tensor, hx: Tensor, *params: Tensor | None) -> Tensor:
    """gru_cell: the state."""
    return _cell(gru_step, input, (hx,), params)[0]


def rnn_tanh_cell(input: Tensor, hx: Tensor, *params: Tensor | None) -> Tensor:
    """rnn_tanh_cell: the state."""
    return _cell(tanh_step, input, (hx,), params)[0]


def rnn_relu_cell(input: Tensor, hx: Tensor, *params: Tensor | None) -> Tensor:
    """rnn_relu_cell: the state."""
    return _cell(relu_step, input, (hx,), params)[0]


# ---- what libraries have kernels for


def _no_workspace(like: Tensor) -> Tensor:
    """Stands for what a kernel saves for its own backward."""
    return torch.empty(0, dtype=like.dtype, device=like.device)


def _biased(gates: Tensor, bias: Tensor | None) -> Tensor:
    return gates if bias is None else gates + bias


def fused_lstm_cell(
    input_gates: Tensor, hidden_gates: Tensor, cx: Tensor, input_bias: Tensor | None = None,
    hidden_bias: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """_thnn_fused_lstm_cell: (hidden, cell, workspace)."""
    gates = _biased(input_gates, input_bias) + _biased(hidden_gates, hidden_bias)
    return *lstm_gates(gates, cx), _no_workspace(cx)  # type: ignore[return-value]


def fused_gru_cell(
    input_gates: Tensor, hidden_gates: Tensor, hx: Tensor, input_bias: Tensor | None = None,
    hidden_bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """_thnn_fused_gru_cell: (state, workspace)."""
    state = gru_gates(_biased(input_gates, input_bias), _biased(hidden_gates, hidden_bias), hx)
    return state, _no_workspace(hx)


#: The numbers that libraries give to kinds of cells.
_MODES = (relu_step, tanh_step, lstm_step, gru_step)


def cudnn_rnn(
    input: Tensor, weight: Sequence[Tensor], weight_stride0: int, weight_buf: Tensor | None, hx: Tensor,
    cx: Tensor | None, mode: int, hidden_size: int, proj_size: int, num_layers: int, batch_first: bool, dropout: float,
    train: bool, bidirectional: bool, batch_sizes: Sequence[int], dropout_state: Tensor | None = None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """_cudnn_rnn: (output, last hidden, last cell, reserve, weights)."""
    states = [hx] if cx is None else [hx, cx]
    has_biases = weight_stride0 >= 4
    sizes = list(batch_sizes) or None
    x = input.transpose(0, 1) if batch_first and sizes is None else input
    arguments = (has_biases, num_layers, dropout, train, bidirectional)
    out, hidden, *cell = network(_MODES[mode], x, sizes, states, weight, *arguments)
    out = out.transpose(0, 1) if batch_first and sizes is None else out
    none = _no_workspace(input)
    return out, hidden, cell[0] if cell else none, none, none


def mkldnn_rnn_layer(
    input: Tensor, weight0: Tensor, weight1: Tensor, weight2: Tensor, weight3: Tensor, hx_: Tensor, cx_: Tensor,
    reverse: bool, batch_sizes: Sequence[int], mode: int, hidden_size: int, num_layers: int, has_biases: bool,
    bidirectional: bool, batch_first: bool, train: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """mkldnn_rnn_layer, one direction of one layer: (output, last hidden, last cell, workspace)."""
    params = [weight0, weight1, weight2, weight3] if has_biases else [weight0, weight1]
    step, weights = _MODES[mode], Weights(params, has_biases)
    state: State = (hx_, cx_) if step is lstm_step else (hx_,)
    state = tuple([s.reshape(-1, s.shape[-1]) for s in state])
    out, last = _direction(step, input, None, state, weights, reverse)
    hidden, cell = last[0].reshape(hx_.shape), last[1].reshape(cx_.shape) if len(last) > 1 else cx_
    return out, hidden, cell, _no_workspace(input)


def pack_padded(input: Tensor, lengths: Tensor, batch_first: bool) -> tuple[Tensor, Tensor]:
    """_pack_padded_sequence: the steps of all sequences that have them, step by step, and how many they are."""
    steps, n = (input.transpose(0, 1) if batch_first else input), lengths.tolist()
    sizes = [sum(length > t for length in n) for t in range(max(n, default=0))]
    parts = [steps[t, :size] for t, size in enumerate(sizes)]
    return torch.cat(parts), torch.tensor(sizes)


def pad_packed(
    data: Tensor, batch_sizes: Tensor, batch_first: bool, padding_value: float, total_length: int
) -> tuple[Tensor, Tensor]:
    """_pad_packed_sequence, the inverse of _pack_padded_sequence."""
    sizes = batch_sizes.tolist()
    n, time = sizes[0], max(total_length, len(sizes))
    steps = [
        torch.constant_pad_nd(x, [0, 0] * (x.ndim - 1) + [0, n - x.shape[0]], padding_value) for x in data.split(sizes)
    ]
    steps += [torch.full_like(steps[0], padding_value)] * (time - len(sizes))
    lengths = torch.tensor([sum(size > i for size in sizes) for i in range(n)])
    return torch.stack(steps, 1 if batch_first else 0), lengths


# ---- the activation with weights of its own


def prelu(self: Tensor, weight: Tensor) -> Tensor:
    """prelu with one weight for all elements, or for each channel."""
    if weight.ndim and weight.numel() != 1:
        channels = self.shape[1] if self.ndim > 1 else 1
        if weight.shape[0] != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.shape[0]} and "
                f"channel size = {channels}."
            )
    if self.ndim != weight.ndim:
        weight = weight.reshape([weight.numel() if i == 1 else 1 for i in range(self.ndim)])
    return torch._prelu_kernel(self, weight)


def prelu_gradients(grad_output: Tensor, self: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """_prelu_kernel_backward, as a function that can be differentiated again."""
    up = self > 0
    return torch.where(up, grad_output, weight * grad_output), torch.where(up, 0, self * grad_output)
