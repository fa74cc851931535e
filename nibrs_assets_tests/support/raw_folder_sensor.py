"""The sensor on the raw folder, tick by tick."""

import os
import shutil
import time
from pathlib import Path

import dagster as dg

from nibrs_assets_tests.support.home import Home, repository
from nibrs_assets_tests.support.samples import REAL_LINES

OTHER_2020 = REAL_LINES.read_bytes().replace(b"2021", b"2020")
"""Text of 2020 other than that of the sample."""


class RawFolderSensor:
    """The sensor over a home; it keeps the cursor from tick to tick."""

    def __init__(self, home: Home, instance: dg.DagsterInstance) -> None:
        self.home, self.instance, self.cursor, self.dropped = home, instance, None, 0

    def tick(self) -> list[tuple[str | None, str | None]]:
        """Job and year of each run that the next tick asks for."""
        return [(request.job_name, request.partition_key) for request in self.requests()]

    def requests(self) -> list[dg.RunRequest]:
        sensor = repository().get_sensor_def("raw_folder")
        context = dg.build_sensor_context(
            self.instance,
            self.cursor,
            repository_def=repository(),
            sensor_name="raw_folder",
            resources=self.home.resources,
        )
        data = sensor.evaluate_tick(context)
        self.cursor = data.cursor  # type: ignore[assignment]
        return list(data.run_requests or [])

    def drop(self, name: str, zipped: Path | bytes, age: float = 60) -> Path:
        """Put a zip into the raw folder, last written `age` seconds ago."""
        path = self.home.raw / name
        if isinstance(zipped, bytes):
            path.write_bytes(zipped)
        else:
            shutil.copy(zipped, path)
        self.dropped += 1
        # No two times are the same, as they are not when people copy.
        written = time.time() - age - self.dropped / 1000
        os.utime(path, (written, written))
        return path
