"""The tables that tell what became of the models, as `sql/tables.yaml` describes them."""

import functools

from nibrs_assets.catalog.model import CLEARANCE_RESULTS, Table
from nibrs_assets.catalog.notation import notes_without_sql, shared_descriptions


@functools.cache
def result_tables() -> dict[str, Table]:
    """The result tables by name."""
    notes = notes_without_sql()[CLEARANCE_RESULTS]
    return {name: note.table(CLEARANCE_RESULTS, shared_descriptions()) for name, note in notes.items()}
