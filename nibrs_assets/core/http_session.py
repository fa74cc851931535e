"""HTTP sessions that keep the addresses they ask to themselves: a signature or a token may stand in them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import requests

_LOGS = ("urllib3.connectionpool", "urllib3.util.retry")


@contextmanager
def quiet_session() -> Iterator[requests.Session]:
    """A session whose addresses no log gets: urllib3 would tell them when it retries, and always at DEBUG."""

    def silent(_: logging.LogRecord) -> bool:
        return False

    for name in _LOGS:
        logging.getLogger(name).addFilter(silent)
    try:
        with requests.Session() as session:
            # Lengths and ranges are of the file as it is.
            session.headers.update({"Accept-Encoding": "identity", "User-Agent": "nibrs_assets"})
            yield session
    finally:
        for name in _LOGS:
            logging.getLogger(name).removeFilter(silent)
