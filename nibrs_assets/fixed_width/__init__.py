"""Reads and writes the FBI's fixed-width master files: zips, records, decoding, encoding. Knows layouts, bytes and Arrow only.

with path.open("rb") as file, open_master(file, inspect(file, path.name)) as stream:
    decode(stream, path.name, shipped_layouts(), {"victim": Path("victim.parquet")})
"""
