"""A password is taken out of a connection string, whatever way it is written."""

import pytest

from nibrs_assets.warehouse.password import split_password


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://me:s%40cret@db:5433/nibrs", "s@cret"),
        ("postgresql://me@db:5433/nibrs?password=s%40cret", "s@cret"),
        ("host=db port=5433 user=me dbname=nibrs password=s@cret", "s@cret"),
        ("postgresql://me@db:5433/nibrs", None),
    ],
)
def test_a_password_is_split_off(url: str, password: str | None) -> None:
    rest, split_off = split_password(url)
    assert sorted(rest.split()) == ["dbname=nibrs", "host=db", "port=5433", "user=me"]
    assert split_off == password
