"""The errors that are meant for people."""


class NibrsError(Exception):
    """What was wrong, where (file, line, column, year) and what to do about it; shown without a traceback."""


class PassingError(NibrsError):
    """What may be over when it is tried again: a server that did not answer, a file that was replaced while it was read."""
