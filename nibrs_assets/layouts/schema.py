"""JSON schemas of the YAML files of `layouts/`, with which an editor completes, explains and checks their keys.

They are made from the models of `shapes.py`; after a change there, `python -m nibrs_assets.layouts.schema` writes them anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.shapes import CombinationsFile, FieldsFile, KindFile, RecordFile, RepeatedFieldsFile

_SHAPES: Mapping[str, TypeAdapter[object]] = {
    "kind": TypeAdapter(KindFile),
    "record": TypeAdapter(RecordFile),
    "fields": TypeAdapter(FieldsFile | RepeatedFieldsFile),
    "combinations": TypeAdapter(CombinationsFile),
}


class _ForEditors(GenerateJsonSchema):
    """Leaves out what helps nobody at a keyboard: titles that repeat the key's name, and null as a value of optional keys."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 (pydantic calls it)
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return (
            self.generate_inner(schema["schema"]) if schema.get("default") is None else super().default_schema(schema)
        )


def schemas() -> dict[str, str]:
    """The text of each schema by the name of its file."""
    return {f"{name}.schema.json": _text(shape) for name, shape in _SHAPES.items()}


def _text(shape: TypeAdapter[object]) -> str:
    schema = {"$schema": _ForEditors.schema_dialect, **shape.json_schema(schema_generator=_ForEditors)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write the schemas into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(shipped_folder("layouts") / "schema")
