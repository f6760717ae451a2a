"""`oplift coverage`: what is said of every operator, and the record of how accurately it was checked."""

import html.parser
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from oplift.cli import app
from oplift.coverage import Accuracy, entries, entry_of, read_record
from oplift.coverage.operators import DERIVATIVES, KINDS
from oplift.coverage.page import page
from oplift.coverage.record import GROUPS, rounded_up, text_of
from oplift.rule import Rules, operator, override

from . import coverage_examples  # noqa: F401  (defines operators)
from .accuracy import SHIPPED, accuracy_of, joined
from .registry_exceptions import DEVIATIONS, NO_SAMPLE

ROOT = Path(__file__).parent.parent
#: Operators with rules that are not on record, each with a reason.
UNRECORDED: dict[str, str] = {}


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["coverage", *args], catch_exceptions=False, env={"COLUMNS": "160"})


# ---------------------------------------------------------------- every operator


@pytest.fixture(scope="module")
def shipped() -> dict:
    return {entry.name: entry for entry in entries() if entry.name in SHIPPED}


def test_every_shipped_operator_is_there_and_its_words_are_known(shipped):
    assert set(shipped) == set(SHIPPED)
    for entry in shipped.values():
        assert entry.kind in KINDS and entry.derivative in DERIVATIVES
        assert entry.family == SHIPPED[entry.name]


def test_the_words_agree_with_the_rules(shipped):
    for name, entry in shipped.items():
        if not entry.schema:
            continue
        op = operator(name)
        assert (entry.kind == "refused") == bool(op.batch_unsupported), name
        if op.pointwise:
            assert entry.kind == "pointwise", name
        if op.composite:
            assert entry.kind == "decompose", name
        if entry.derivative in ("partials", "linear", "multilinear"):
            assert op.jvp and op.vjp and entry.directions == "jvp and vjp", name
        if entry.derivative in ("zero", "none") and op.schema.returns:
            assert op.jvp is None or op.derivative is None, name


def test_the_origin_is_the_line_that_declares_the_operator(shipped):
    texts = {path.name: path.read_text().splitlines() for path in (ROOT / "rules").glob("*.yaml")}
    for name, entry in shipped.items():
        where = re.fullmatch(r"rules/(\w+\.yaml):(\d+)", entry.origin)
        if where is None:
            assert entry.origin in ("rules/getitem.py", "rules/rowwise.py"), name
        else:
            assert re.search(rf"op: {re.escape(name)}($|[,\s])", texts[where[1]][int(where[2]) - 1]), name


@pytest.mark.parametrize(
    ("name", "kind", "derivative", "family"),
    [
        ("aten::sin", "pointwise", "partials", "pointwise"),
        ("aten::linalg_cholesky", "leading", "formulas", "linalg"),
        ("aten::transpose.int", "dims", "linear", "views"),
        ("aten::expand", "shape", "linear", "views"),
        ("aten::max_pool2d_with_indices", "fold", "formulas", "pooling"),
        ("aten::triangular_solve", "decompose", "decompose", "linalg"),
        ("aten::_embedding_bag", "python", "python", "indexing"),
        ("aten::floor", "pointwise", "zero", "pointwise"),
        ("aten::argmax", "dims", "none", "reductions"),
        ("aten::linalg_ldl_factor_ex", "leading", "refused", "linalg"),
        ("aten::zeros_like", "factory", "none", "factories"),
        ("oplift::getitem", "python", "python", "getitem"),
    ],
)
def test_known_operators(shipped, name, kind, derivative, family):
    entry = shipped[name]
    assert (entry.kind, entry.derivative, entry.family) == (kind, derivative, family)


def test_an_operator_with_rules_in_python_or_refused_or_without():
    name = "coverage_examples::bare"
    with override(name, Rules(batch=lambda size, batched, x: x + 1, vjp=lambda needs, x: None)):
        entry = entry_of(name)
        assert (entry.kind, entry.derivative) == ("python", "python")
        assert entry.directions == "vjp, jvp by transposing it"
    with override(name, Rules(batch_unsupported="no", derivative="never")):
        entry = entry_of(name)
        assert (entry.kind, entry.derivative) == ("refused", "refused")
        assert entry.remarks == ["batching is refused: no", "derivative is refused: never"]
    assert (entry_of(name).kind, entry_of(name).derivative) == ("none", "missing")
    assert entry_of(name).unchecked == "not checked: it is not on record"
    assert entry_of("nowhere::nothing").remarks == ["this torch has not registered it"]


# ---------------------------------------------------------------- the record


def test_the_record_names_the_shipped_operators_and_no_others():
    recorded = set(read_record())
    assert recorded <= set(SHIPPED), "stale: run `make coverage-write`"
    missing = set(SHIPPED) - recorded - set(UNRECORDED)
    assert not missing, f"run `make coverage-write ARGS=--missing`, which measures {sorted(missing)}"
    assert not recorded & set(UNRECORDED) and all(UNRECORDED.values())


def test_the_record_says_why_something_was_not_measured():
    for name, accuracy in read_record().items():
        assert bool(accuracy.errors) != bool(accuracy.unchecked), name
        if name in NO_SAMPLE:
            assert accuracy.unchecked == NO_SAMPLE[name] or accuracy.errors, name
        assert set(accuracy.deviates) <= set(DEVIATIONS.get(name, {})), name
        assert {group for types in accuracy.errors.values() for found in types.values() for group in found} <= set(
            GROUPS
        )


@pytest.mark.parametrize("name", ["aten::tanh", "aten::mm", "oplift::setitem"])
def test_the_record_is_what_the_checker_finds(name):
    on_record, now = read_record()[name].errors["cpu"], accuracy_of(name).errors["cpu"]
    assert {dtype: set(found) for dtype, found in now.items()} == {
        dtype: set(found) for dtype, found in on_record.items()
    }
    for dtype, found in now.items():
        for group, error in found.items():
            assert error <= 30 * on_record[dtype][group] + 1e-6, (dtype, group)


def test_a_record_is_written_and_read(tmp_path, monkeypatch):
    found = Accuracy({"cpu": {"float32": {"batch": 0.0, "jvp": 2e-7}, "float64": {"jvp": 3e-12}}}, {"batch": "why"})
    package = tmp_path / "some_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "accuracy.json").write_text(text_of({"a::b": found}, {"torch": "2"}))
    monkeypatch.syspath_prepend(tmp_path)
    assert read_record(["some_rules"]) == {"a::b": found}
    assert found.worst("jvp") == (2e-7, "float32")
    assert found.worst("vjp") is None and found.order == 1 and found.devices == ["cpu"]


def test_findings_on_another_device_are_added():
    cpu = Accuracy({"cpu": {"float32": {"jvp": 1e-7}}}, {"batch": "why"})
    cuda = Accuracy({"cuda": {"float32": {"jvp": 2e-7}}})
    assert joined(cpu, cuda) == Accuracy({**cpu.errors, **cuda.errors}, {"batch": "why"})
    assert joined(cpu, Accuracy({"cpu": {}})) == Accuracy({"cpu": {}}) and joined(None, cuda) is cuda
    assert joined(cpu, Accuracy(unchecked="no sample")) == cpu


@pytest.mark.parametrize(
    ("error", "shown"), [(0.0, 0.0), (1e-16, 1e-16), (1.01e-16, 2e-16), (9.9e-8, 1e-7), (3.0, 3.0)]
)
def test_errors_are_rounded_up(error, shown):
    assert rounded_up(error) == shown


# ---------------------------------------------------------------- what is shown of it


class Reader(html.parser.HTMLParser):
    """The first word of every row's head, what is loaded from elsewhere, and whether the tags match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "input", "link", "br", "img"):
            self.open.append(tag)
        self.loaded += [value for key, value in attrs if key in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-3:] == ["tbody", "tr", "th"] and data.strip():
            self.names.append(data.strip())


def test_the_page_parses_needs_nothing_and_holds_every_operator():
    everything = entries()
    reader = Reader()
    reader.feed(page(everything))
    assert reader.names == [entry.name for entry in everything]
    assert reader.open == [] and reader.loaded == []


def test_the_page_escapes_what_it_shows():
    entry = entries("aten::mul.Tensor")[0]
    assert "-&gt; Tensor" in page([entry])


def test_the_command_writes_the_page(tmp_path):
    target = tmp_path / "pages" / "coverage.html"
    assert run("_fft", "--html", str(target)).exit_code == 0
    assert "aten::_fft_r2c" in target.read_text() and "aten::sin<" not in target.read_text()


def test_the_table_and_its_filters():
    result = run("aten::cos*")
    assert result.exit_code == 0
    assert "3 operators, 3 checked" in result.output and "2 partials" in result.output
    assert run("aten::sin").output.count("│ aten::") == 1, "a whole name is no part of others"
    assert "aten::_fft_c2c" in run("--family", "fft").output
    assert "not checked: has a CUDA kernel only" in run("aten::_cudnn_rnn").output
    assert run("--family", "nothing").exit_code == 1


def test_the_json_holds_what_the_table_rounds():
    (entry,) = json.loads(run("aten::tanh", "--json").stdout)
    assert entry["kind"] == "pointwise" and entry["origin"].startswith("rules/pointwise.yaml:")
    assert {"float32", "float64", "complex128"} <= set(entry["accuracy"]["errors"]["cpu"])
