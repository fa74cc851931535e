"""The README's table of settings: `python -m nibrs_assets.core.settings_table README.md` rewrites it from the model."""

import sys
from pathlib import Path

from pydantic.fields import FieldInfo

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings, in_words, is_secret, variables_of

_BEGIN = "<!-- settings: python -m nibrs_assets.core.settings_table README.md -->\n"
_END = "<!-- /settings -->"


def settings_table() -> str:
    """All settings as a table of Markdown."""
    rows = [_row(field) for field in Settings.model_fields.values()]
    return "\n".join(["| variable | default | what |", "|---|---|---|", *rows, ""])


def with_settings_table(text: str) -> str:
    """`text` with the table between its two comments replaced by that of today."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise NibrsError(f"there is no place for the table of settings; it goes between {_BEGIN.strip()} and {_END}")
    return f"{before}{begin}{settings_table()}{end}{after}"


def _row(field: FieldInfo) -> str:
    variables = ", else ".join(f"`{name}`" for name in variables_of(field))
    default = in_words(field).default or ("none" if field.default is None else f"`{field.default}`")
    secret = " Secret." if is_secret(field) else ""
    return f"| {variables} | {default} | {field.description}{secret} |"


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_settings_table(path.read_text(encoding="utf-8")), encoding="utf-8")
