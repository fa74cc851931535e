"""The errors that are meant for people."""


class NibrsError(Exception):
    """What was wrong, where (file, line, column, year) and what to do about it; shown without a traceback."""


class PassingError(NibrsError):
    """What may be over by itself, such as a server that can't be reached: worth another try."""
