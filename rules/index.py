"""Which module holds the rules of the operators that no YAML declares: those that torch.ops does not know."""

INDEX = {
    "oplift::getitem": "getitem",
    "oplift::getitem_backward": "getitem",
    "oplift::setitem": "getitem",
    "oplift::rowwise": "rowwise",
}
FUNCTIONS: list[tuple[str, str, list[str]]] = []
