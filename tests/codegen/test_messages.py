"""A bad spec is refused with line, code, operator, place, what is wrong, and the nearest right thing."""

from pathlib import Path

import pytest

from oplift.codegen import SpecError, read_specs

from .writing import messages, write

BATCH = "\n  batch: pointwise\n"
SUM = "- op: aten::sum.dim_IntList\n  linear: {self: 'unreduce(grad, shape(self), dim, keepdim)'}\n  batch: "
SIN = "- op: aten::sin" + BATCH

CASES = {
    "unknown operator": (
        "- op: aten::mull.Tensor" + BATCH + "  partials: {self: other}",
        "1 S002 aten::mull.Tensor: no such operator in namespace 'aten'; did you mean 'mul'? (is the library that "
        "defines it imported?)",
    ),
    "unknown namespace": ("- op: myolib::f\n", "1 S002 myolib::f: no operators in namespace 'myolib'; is the library"),
    "unknown overload": ("- op: aten::mul.Tensr" + BATCH, "1 S002 aten::mul.Tensr: operator 'mul' has no overload 'Tensr'; did"),
    "no default overload": ("- op: aten::select" + BATCH, "has no default overload; name one of int"),
    "not a name": ("- op: sin" + BATCH, "1 S001 sin: an operator is written namespace::name"),
    "no op": ("- batch: pointwise", "1 S001 an entry is a mapping with the key 'op'"),
    "unknown key": (SIN + "  partial: {self: cos(self)}", "3 S003 aten::sin: unknown key 'partial'; did you mean 'partials'?"),
    "twice": (SIN + "  derivative: zero\n" + SIN + "  derivative: zero", "4 S004 aten::sin: is declared twice, first in "),
    "missing partial": (
        "- op: aten::mul.Tensor" + BATCH + "  partials: {self: other}",
        "3 S044 aten::mul.Tensor: Tensor argument 'other' is not accounted for: give it a formula, list it in nondiff, or "
        "set it to not_implemented",
    ),
    "unknown argument": (
        "- op: aten::mul.Tensor" + BATCH + "  partials: {self: other, othr: self}",
        "3 S041 aten::mul.Tensor: partials: the operator has no argument 'othr'; did you mean 'other'?",
    ),
    "number argument": (
        "- op: aten::mul.Scalar" + BATCH + "  partials: {self: other, other: self}",
        "3 S042 aten::mul.Scalar: partials: argument 'other' is no tensor, so it has no derivative",
    ),
    "nondiff and formula": (
        "- op: aten::mul.Tensor" + BATCH + "  nondiff: [other]\n  partials: {self: other, other: self}",
        "S042 aten::mul.Tensor: partials: argument 'other' is listed in nondiff",
    ),
    "unknown name": (
        "- op: aten::mul.Tensor" + BATCH + "  partials: {self: othr, other: self}",
        "3 S051 aten::mul.Tensor: partials.self, column 1: name 'othr' is not an argument, output, let, helper or ATen op; "
        "did you mean 'other'?",
    ),
    "unknown function": (SIN + "  partials: {self: coss(self)}", "S051 aten::sin: partials.self, column 1: name 'coss' is not"),
    "function as value": (SIN + "  partials: {self: cos}", "'cos' is a function; call it, as in cos(self)"),
    "syntax": (SIN + "  partials: {self: cos(self}", "3 S050 aten::sin: partials.self, column 4: formula does not parse"),
    "lambda": (SIN + "  partials: {self: '(lambda: self)()'}", "S052 aten::sin: partials.self"),
    "dunder": (SIN + "  partials: {self: self.__class__}", "'__class__' is not allowed in a formula"),
    "assignment": (SIN + "  partials: {self: '(y := self)'}", "an assignment is not allowed in a formula"),
    "two forms": (SIN + "  partials: {self: cos(self)}\n  derivative: zero", "has more than one derivative form: partials or der"),
    "no form": (SIN, "1 S040 aten::sin: has no derivative form; give one of partials"),
    "no batch": ("- op: aten::sin\n  derivative: zero", "1 S034 aten::sin: batch: missing; say one of pointwise"),
    "unknown kind": ("- op: aten::sin\n  batch: pointwize\n  derivative: zero", "unknown kind 'pointwize'; did you mean 'pointwise'?"),
    "no cases": ("- op: aten::mm\n  batch: {kind: cases}\n  derivative: none", "2 S034 aten::mm: batch: says no 'when': a formula for"),
    "a case is missing": (
        "- op: aten::mm\n  batch: {kind: cases, when: {self: mm(self, mat2), 'self, mat2': self @ mat2}}\n  derivative: none",
        "S035 aten::mm: batch.when: no formula for batched mat2; add one, or 'otherwise'",
    ),
    "a case too many": (
        "- op: aten::mm\n  batch: {kind: cases, when: {'self?, mat2?': self @ mat2, self: mat2}}\n  derivative: none",
        "S035 aten::mm: batch.when.self: a case before this one takes all of its operands",
    ),
    "unknown operand of a case": (
        "- op: aten::mm\n  batch: {kind: cases, when: {'self?, mat3?': self}, otherwise: loop}\n  derivative: none",
        "S032 aten::mm: batch.when: the operator has no argument 'mat3'; did you mean 'mat2'?",
    ),
    "loss without reduction": (
        "- op: aten::mul.Tensor\n  batch: loss\n  partials: {self: other, other: self}",
        "S034 aten::mul.Tensor: batch.reduction: the operator has no argument 'reduction'; it has self or other",
    ),
    "unknown share": (
        "- op: aten::mse_loss_backward\n  batch: {kind: loss, share: grad}\n  derivative: none",
        "S032 aten::mse_loss_backward: batch.share: the operator has no argument 'grad'",
    ),
    "count of a tensor": (
        "- op: aten::upsample_nearest1d_backward\n  batch: {kind: fold, at: {grad_output: 0}, count: [scales]}\n  derivative: none",
        "S033 aten::upsample_nearest1d_backward: batch.count: 'scales' has type float?; only int and int[] count examples",
    ),
    "unknown right-hand side": (
        "- op: aten::cholesky_solve\n  batch: {kind: leading, core: {self: 2, input2: 2}, columns: {B: True}}\n  derivative: none",
        "S032 aten::cholesky_solve: batch.columns: the operator has no argument 'B'",
    ),
    "unknown output of unbatched": (
        "- op: aten::linalg_qr\n  batch: {kind: leading, core: {A: 2}, unbatched: {q: mode == 'r'}}\n  derivative: none",
        "S032 aten::linalg_qr: batch.unbatched: the operator has no output 'q'; it has Q or R",
    ),
    "tangents of several outputs": (
        "- op: aten::linalg_lstsq\n  batch: loop\n  jvp: {'solution, residuals': {self: self_t, b: b_t}}",
        "S047 aten::linalg_lstsq: jvp.solution, residuals: the tangents of several outputs are one formula; give it one key",
    ),
    "a condition of mutates": (
        "- op: aten::native_batch_norm\n  batch: loop\n  mutates: {running_mean: training}\n  derivative: none",
        "S020 aten::native_batch_norm: mutates: must be a list of names: [a, b]",
    ),
    "unknown option": (SUM + "{kind: dims, dim: {dim: {of: self}}}", "kind 'dims' has no option 'dim'; did you mean 'dims'?"),
    "None unsaid": (
        SUM + "{kind: dims, dims: {dim: {of: self}}}",
        "3 S033 aten::sum.dim_IntList: batch.dims.dim: schema allows None, say none: all | flatten | error",
    ),
    "bad none": (SUM + "{kind: dims, dims: {dim: {of: self, none: al}}}", "none: 'al' is none of all, flatten or error; did you"),
    "not a dimension": (SUM + "{kind: dims, dims: {keepdim: {of: self}}}", "has type bool; only int and int[] name dimensions"),
    "of missing": (SUM + "{kind: dims, dims: {dim: {none: all}}}", "batch.dims.dim: the key 'of' is missing"),
    "of unknown": (SUM + "{kind: dims, dims: {dim: {of: slf, none: all}}}", "no argument 'slf'; did you mean 'self'?"),
    "all for one dimension": (
        "- op: aten::argmax\n  derivative: none\n  batch: {kind: dims, dims: {dim: {of: self, none: all}}}",
        "is a single integer: 'none: all' and 'empty' are for lists; say none: flatten",
    ),
    "unbatchable without reason": ("- op: aten::nonzero\n  derivative: none\n  batch: unsupported", "the key 'why' is missing"),
    "rank missing": (
        "- op: aten::mm\n  multilinear: {self: 'mm(grad, mH(mat2))', mat2: 'mm(mH(self), grad)'}\n"
        "  batch: {kind: leading, core: {self: 2}}",
        "S035 aten::mm: batch.core: Tensor argument 'mat2' has no rank",
    ),
    "python without rule": ("- op: aten::sin\n  derivative: zero\n  batch: {kind: python}", "the key 'rule' must be"),
    "partials of dims": (
        "- op: aten::cumsum\n  batch: {kind: dims, dims: {dim: {of: self}}}\n  partials: {self: 1}",
        "S043 aten::cumsum: partials: partials are for pointwise operators, this one is batched by 'dims'",
    ),
    "jvp of a nondiff output": (
        "- op: aten::max.dim\n  batch: {kind: dims, dims: {dim: {of: self}}}\n  outputs: {indices: nondiff}\n"
        "  jvp: {indices: {self: self_t}}",
        "4 S047 aten::max.dim: jvp.indices: not a differentiable output (those are ['values'])",
    ),
    "unknown output": (
        "- op: aten::max.dim\n  batch: {kind: dims, dims: {dim: {of: self}}}\n  outputs: {indexes: nondiff}\n"
        "  vjp: {self: grad_values}",
        "S048 aten::max.dim: outputs: no output 'indexes'; did you mean 'indices'?",
    ),
    "no cotangent": (SIN + "  vjp: {self: cos(self)}", "a cotangent is linear in the output's cotangent: the formula does not read 'grad'"),
    "no tangent": (SIN + "  jvp: {result: {self: cos(self)}}", "a tangent is linear in the tangents: this term does not read 'self_t'"),
    "another's tangent": (
        "- op: aten::mul.Tensor" + BATCH + "  jvp: {result: {self: self_t * other_t, other: other_t * self}}",
        "the term of 'self' reads 'other_t', which may be absent; give it a key of its own",
    ),
    "let hides an argument": (SIN + "  let: {self: 1}\n  derivative: zero", "'self' is an argument or output already"),
    "save of nothing": (SIN + "  let: {c: cos(self)}\n  save: [d]\n  partials: {self: c}", "S031 aten::sin: save: 'd' is none of c"),
    "inverse of no view": (SIN + "  derivative: zero\n  inverse: new", "S034 aten::sin: inverse: the operator is no view"),
    "no such module": (SIN + "  vjp: 'oplift.rules.nowhere:f'", "S054 aten::sin: vjp: 'oplift.rules.nowhere:f': No module named"),
    "no such function": (SIN + "  vjp: 'oplift.rules.formulas:adjj'", "has no function 'adjj'; did you mean 'adj'?"),
    "no such helpers": ("- helpers: [oplift.rules.nowhere]", "S053 helpers: no module named 'oplift.rules.nowhere'"),
    "several overloads": (SIN + "  decompose: 'aten.mul(self, 1)'\n  derivative: zero", "several overloads; write aten.mul.<overlo"),
    "too many arguments": (SIN + "  decompose: 'select_backward(self, [1], 0, 0, 5)'\n  derivative: zero", "takes 4 arguments, not 5"),
    "missing argument": (SIN + "  decompose: 'select_backward(self, [1])'\n  derivative: zero", "needs argument 'dim'"),
    "bad keyword": (SIN + "  decompose: 'select_backward(self, [1], 0, idx=0)'\n  derivative: zero", "no such argument 'idx'; did you"),
    "helper's arguments": (SIN + "  decompose: unreduce(self)\n  derivative: zero", "S055 aten::sin: decompose, column 1: unreduce("),
    "schema differs": (
        "- op: aten::sin\n  schema: (Tensor self, int n) -> Tensor\n  batch: pointwise\n  derivative: zero",
        "2 S005 aten::sin: schema: the registered operator is (Tensor self) -> Tensor",
    ),
    "schema does not parse": ("- op: mylib::f\n  schema: (Tenser x) -> Tensor\n  batch: pointwise", "2 S005 mylib::f: schema: does not"),
    "schema of other outputs": (
        "- op: aten::sin\n  schema: (Tensor self) -> (Tensor, Tensor)\n  batch: pointwise\n  derivative: zero",
        "2 S005 aten::sin: schema: the registered operator is (Tensor self) -> Tensor",
    ),
    "schema of other defaults": (
        "- op: aten::cumsum\n  schema: '(Tensor self, int dim=1, *, ScalarType? dtype=None) -> Tensor'\n  derivative: zero\n"
        "  batch: loop",
        "2 S005 aten::cumsum: schema: the registered operator is (Tensor self, int dim,",
    ),
    "schema not in ASCII": ("- op: mylib::f\n  schema: (Tensor x) -> Tènsor\n  batch: pointwise", "2 S005 mylib::f: schema: does not"),
    "no output to differentiate": (
        "- op: aten::is_nonzero\n  batch: loop\n  vjp: {self: grad}",
        "S048 aten::is_nonzero: vjp: the operator has no output that could have a derivative",
    ),
    "out": (SIN + "  partials: {self: 'cos(self, out=self)'}", "S052 aten::sin: partials.self, column 1: 'out=' is not allowed"),
    "out of a method": (SIN + "  partials: {self: 'self.add(self, out=self)'}", "'out=' is not allowed"),
    "no arguments": (SIN + "  partials: {self: cos()}", "S055 aten::sin: partials.self, column 1: cos needs argument 'self'"),
    "too many": (SIN + "  partials: {self: 'cos(self, 2)'}", "S055 aten::sin: partials.self, column 1: cos takes 1 arguments, not 2"),
    "method's arguments": (SIN + "  partials: {self: self.cos(1)}", "S055 aten::sin: partials.self, column 1: cos takes 1 arguments"),
    "function's keyword": (SIN + "  partials: {self: 'gelu(self, aproximate=1)'}", "'aproximate'; did you mean 'approximate'?"),
    "test of nothing": (SIN + "  derivative: zero\n  test: 3", "4 S020 aten::sin: test: must be a mapping: domain"),
    "test's key": (SIN + "  derivative: zero\n  test: {domian: {}}", "S003 aten::sin: test: unknown key 'domian'; did you mean"),
    "test's operand": (SIN + "  derivative: zero\n  test: {domain: {sel: positive}}", "test.domain: no tensor argument 'sel'; did you"),
    "test's interval": (SIN + "  derivative: zero\n  test: {domain: {self: [2, 1]}}", "test.domain.self: must be [low, high], two"),
    "test's shape": (SIN + "  derivative: zero\n  test: {domain: {self: postive}}", "upper; did you mean 'positive'?"),
    "one sample": (SIN + "  derivative: zero\n  test: {samples: randn(3)}", "test.samples: must be a list of calls as text"),
    "sample": (SIN + "  derivative: zero\n  test: {samples: ['randn(3']}", "S050 aten::sin: test.samples: 'randn(3': '(' was never closed"),
    "one skip": (SIN + "  derivative: zero\n  test: {skip: jvp}", "test.skip: must be a list of checks"),
    "skip": (SIN + "  derivative: zero\n  test: {skip: [gradient]}", "test.skip: no check is called 'gradient'"),
    "tolerance": (SIN + "  derivative: zero\n  test: {tolerance: -1}", "test.tolerance: must be a number above 0"),
    "dtype": (SIN + "  derivative: zero\n  test: {dtypes: [float46]}", "test.dtypes: torch has no dtype 'float46'"),
    "since": (SIN + "  since: soon\n  derivative: zero", "S006 aten::sin: since: must be a version of torch"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_message(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    found = messages(tmp_path, text)
    assert any(expected in message for message in found), found


def test_all_problems_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    text = (
        "- op: aten::sinn\n- op: aten::sin\n  batch: pointwize\n  partials: {slf: cos(self)}\n- op: aten::cos" + BATCH
    )
    lines = [int(message.split()[0]) for message in messages(tmp_path, text)]
    assert lines == [1, 3, 4, 4, 5]


def test_the_path_that_was_given_is_in_the_message(tmp_path: Path) -> None:
    path = write(tmp_path, "- op: aten::sinn")
    with pytest.raises(SpecError, match=f"^{path}:1 S002 aten::sinn: "):
        read_specs(path)


def test_an_operator_that_this_torch_lacks_is_left_out(tmp_path: Path) -> None:
    text = "- op: aten::operator_of_tomorrow\n  since: '99.0'\n  batch: pointwise\n  derivative: zero\n"
    assert read_specs(write(tmp_path, text + SIN + "  derivative: zero"))[0].op == "aten::sin"
