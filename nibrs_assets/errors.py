"""The one kind of error that is meant for people."""


class NibrsError(Exception):
    """What was wrong, where (file, line, column, year) and what to do about it; shown without a traceback."""
