"""Which operators are handled, how, and how well: all of them (`entries`), or those that a function reaches (`reach`)."""

from .observe import Place, Reached
from .operators import Entry, entries, entry_of
from .reach import Reach, reach
from .record import Accuracy, read_record

__all__ = ["Accuracy", "Entry", "Place", "Reach", "Reached", "entries", "entry_of", "reach", "read_record"]
