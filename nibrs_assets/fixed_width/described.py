"""What a segment and its columns are, for people."""

from nibrs_assets.fixed_width.segments import segment_schema
from nibrs_assets.layouts.model import FileKind


def segment_description(kind: FileKind, segment: str) -> str:
    """A sentence or two on what the rows of a segment are."""
    if segment == kind.rejected:
        return f"Lines of the {kind.title} file that are no known record, as they are."
    record = kind.records.get(segment)
    if record is None:
        return "Counts that are not written as digits with a sign on the last one, as they are."
    rows = f"{record.rows.times} rows a line" if record.rows else "one row a line"
    return f"{record.title} ({record.record_type}). {record.description} As in the master file, {rows}."


def column_meanings(kind: FileKind, segment: str) -> dict[str, tuple[str, str]]:
    """For each column of a segment where it stands, `04 (victim) bytes 68-69` (empty for what the decoder adds), and what it is."""
    added = {
        "line_number": "Line of the record in the master file, counted from 1",
        "bytes": "The line as it is",
        "reason": "Why it is in no other segment",
        "excess": "What the line holds beyond the layout",
        "column_name": "Column that the count belongs in",
        "value": "The count as it is written",
    }
    for part in kind.records.values():
        if part.rows:
            added[part.rows.number] = f"Place of the row in its line, 1 to {part.rows.times}"
    meanings = {name: ("", meaning) for name, meaning in added.items()}
    if record := kind.records.get(segment):
        fields = (*record.fields, *(record.rows.carries if record.rows else ()))
        meanings |= {field.name: (record.place_of([field]), field.description) for field in fields}
    return {name: meanings[name] for name in segment_schema(kind, segment).names}
