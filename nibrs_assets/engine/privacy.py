"""The key with which agencies' own numbers of incidents and arrests are hashed before they reach the harmonized tables.

Files of 2021 on hold some numbers plain, and who knows an agency's numbers can look a case up. A hash without a key could be undone
by hashing all numbers that there may be.
"""

import os
import secrets

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings

_BYTES = 32


def hash_key(settings: Settings) -> str | None:
    """The key of this installation, made and kept in `$NIBRS_HOME/hash.key` where none is given; None where numbers are kept.

    Raises `NibrsError` when the key is too short to be one.
    """
    if settings.keeps_numbers:
        return None
    if settings.hash_key:
        return _long_enough(settings.hash_key.get_secret_value(), "NIBRS_HASH_KEY")
    path = settings.home / "hash.key"
    settings.home.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".hash.key-{os.getpid()}")
    try:
        if not path.exists():
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(_BYTES))
            # Two processes may come here at once: the first link stays.
            os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink(missing_ok=True)
    return _long_enough(path.read_text(encoding="utf-8").strip(), str(path))


def _long_enough(key: str, where: str) -> str:
    if len(key) < _BYTES:
        raise NibrsError(
            f"{where}: a key has at least {_BYTES} characters; with another one all years must be materialized again"
        )
    return key
