"""`make bench`: prints the table of ratios, and writes it as Markdown and JSON.

python -m nibrs_assets_tests.bench [--size 0.4] [--large 4] [--times 3] [--only decoding …] [--folder build/bench]
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from nibrs_assets_tests.bench import measures
from nibrs_assets_tests.bench.master_file import master_file
from nibrs_assets_tests.bench.measures import Bench, Measure
from nibrs_assets_tests.bench.small_year import small_year

_REPOSITORY = Path(__file__).parents[2]
_RETURN_A = _REPOSITORY / "sample" / "return_a" / "reta-2013.zip"
_PIECE = 100_000_000
_GROUPS = ("decoding", "parquet", "return_a", "bounded", "tables", "postgres", "dagster", "small_year")
_COLUMNS = ("measure", "ours", "other way", "ratio", "target", "met", "CPU ratio")


def main() -> None:
    """Measure what is asked for; the exit code says nothing of targets."""
    asked = _arguments()
    asked.folder.mkdir(parents=True, exist_ok=True)
    found: list[Measure] = []
    for measure in _measures(asked):
        found.append(measure)
        print(" | ".join(_cells(measure)), file=sys.stderr, flush=True)
    table = Table(*_COLUMNS, title=_machine(), title_justify="left")
    for measure in found:
        table.add_row(*_cells(measure))
    Console().print(table)
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *map(_cells, found)]
    markdown = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    (asked.folder / "bench.md").write_text(f"{_machine()}\n\n{markdown}")
    as_json = {"machine": _machine(), "measures": [{**asdict(m), "is_met": m.is_met} for m in found]}
    (asked.folder / "bench.json").write_text(json.dumps(as_json, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Ratios of ways that are measured side by side.")
    parser.add_argument("--size", type=float, default=0.4, help="GB of text to measure with")
    parser.add_argument("--large", type=float, default=4, help="GB of text of the file that is compared with it")
    parser.add_argument("--times", type=int, default=3, help="turns, of which the median is taken")
    parser.add_argument("--only", nargs="*", choices=_GROUPS, default=_GROUPS, help="groups of measures")
    parser.add_argument("--return-a", type=Path, default=_RETURN_A, help="a zip of Return A")
    parser.add_argument(
        "--folder", type=Path, default=_REPOSITORY / "build" / "bench", help="files made, and the results"
    )
    return parser.parse_args()


def _measures(asked: argparse.Namespace) -> Iterator[Measure]:
    if "small_year" in asked.only:
        yield from small_year(asked.folder, asked.times)
    if {*asked.only} - {"small_year"}:
        yield from _measures_of_a_file(asked)


def _measures_of_a_file(asked: argparse.Namespace) -> Iterator[Measure]:
    written = master_file(asked.folder, int(asked.size * 1e9))
    bench = Bench(written, asked.folder, asked.times)
    groups: dict[str, Callable[[], Iterator[Measure]]] = {
        "decoding": lambda: bench.decoding(min(_PIECE, written.size)),
        "parquet": bench.parquet,
        "return_a": lambda: iter([bench.return_a(asked.return_a)]),
        "bounded": lambda: measures.bounded(written, master_file(asked.folder, int(asked.large * 1e9)), asked.folder),
    }
    for name, group in groups.items():
        if name in asked.only:
            yield from group()
    if {"tables", "postgres", "dagster"} & set(asked.only):
        with measures.home(asked.folder, written) as home:
            yield from measures.tables(home, asked.times)
            if "postgres" in asked.only:
                yield from measures.postgres(home, asked.times)
            if "dagster" in asked.only:
                yield measures.dagster_overhead(home, asked.times)


def _cells(measure: Measure) -> list[str]:
    target = f"{'≥' if measure.at_least else '≤'} {measure.target:g}"
    met = "yes" if measure.is_met else "no"
    cpu = "" if measure.cpu is None else f"{measure.cpu:.2f}"
    return [measure.name, measure.ours, measure.other_way, f"{measure.ratio:.2f}", target, met, cpu]


def _machine() -> str:
    memory, load = psutil.virtual_memory().total / (1 << 30), os.getloadavg()[1]
    cores = f"{os.cpu_count()} cores (load of the last 5 minutes {load:.1f}), {memory:.0f} GiB"
    return f"{cores}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
