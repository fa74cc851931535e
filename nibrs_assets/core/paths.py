"""Where the package keeps what is no Python: its SQL, and the folders that stand at the top of the repository."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]

SQL_FOLDER = PACKAGE / "sql"


def shipped_folder(name: str) -> Path:
    """The folder `name` of the repository (`layouts`, `places`, `deploy`), which the package links to and carries."""
    return (PACKAGE / f"_{name}").resolve()
