"""A process that reads the lake and the warehouse all the time, and notes whatever is neither version of the year whole."""

import json
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from nibrs_assets_tests.endurance.house import House, Rows, parquet_reader, rows_of, rows_of_all, warehouse_query

_SPAWNED = multiprocessing.get_context("spawn")


@dataclass
class Seen:
    """What the reader saw: reads of partitions and of the warehouse, whatever was wrong, how often the database was away."""

    partitions: int = 0
    warehouse: int = 0
    away: int = 0
    wrong: list[str] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)


def judge_partition(key: str, found: tuple[object, ...], truth: Mapping[str, Rows]) -> str | None:
    """What is wrong with a partition that was read; None when it is one of the versions."""
    if found in [rows[key] for rows in truth.values()]:
        return None
    return f"{key}: {found[0]} rows that are no version of it; there are {[rows[key][0] for rows in truth.values()]}"


def judge_warehouse(found: tuple[object, ...], loaded: Mapping[str, tuple[object, ...]]) -> str | None:
    """What is wrong with a year that was read in one statement; None when all tables are of one version."""
    if found in loaded.values():
        return None
    return f"warehouse: counts {found[::2]}; there are {[rows[::2] for rows in loaded.values()]}"


def _watch(
    partitions: dict[str, Path], truth: dict[str, Rows], url: str, loaded: dict[str, Any], told: Path, stop: Any
) -> None:
    os.nice(5)  # the steps are what is to be disturbed
    seen, reader, connection = Seen(), parquet_reader(), None
    while not stop.is_set():
        for key, path in partitions.items():
            seen.partitions += 1
            try:
                if wrong := judge_partition(key, rows_of(reader, path), truth):
                    seen.wrong.append(wrong)
            except Exception as error:  # whatever keeps a reader from reading
                seen.wrong.append(f"{key}: {type(error).__name__}: {error}")
        try:
            connection = connection or psycopg.connect(url, autocommit=True)
            [row] = connection.execute(warehouse_query()).fetchall()
            seen.warehouse += 1
            seen.versions.update(name for name, rows in loaded.items() if rows == tuple(row))
            if wrong := judge_warehouse(tuple(row), loaded):
                seen.wrong.append(wrong)
        except psycopg.OperationalError:
            # The server is down or coming up, which some of the faults are.
            connection = None
            seen.away += 1
            time.sleep(0.1)
        except psycopg.Error as error:
            seen.wrong.append(f"warehouse: {type(error).__name__}: {error}")
    told.write_text(json.dumps(vars(seen)))


@contextmanager
def watched(house: House) -> Iterator[Seen]:
    """Inside, the house is read all the time; afterwards `Seen` tells what was seen."""
    seen, told, stop = Seen(), house.home / "seen.json", _SPAWNED.Event()
    loaded = {version: rows_of_all(rows) for version, rows in house.loaded.items()}
    reader = _SPAWNED.Process(
        target=_watch, args=(house.partitions(), house.truth, house.url, loaded, told, stop), daemon=True
    )
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join(120)
    found = json.loads(told.read_text())
    vars(seen).update(found | {"versions": Counter(found["versions"])})
