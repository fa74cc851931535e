"""Lines of NIBRS files: how they are compared, and the ways in which real files differ."""


def lines_of(text: bytes) -> list[bytes]:
    """The lines apart from trailing blanks, line ends and a final Ctrl-Z."""
    lines = text.removesuffix(b"\x1a").split(b"\n")
    return [line.removesuffix(b"\r").rstrip(b" ") for line in (lines[:-1] if lines[-1] == b"" else lines)]


def without_12_bytes(text: bytes) -> bytes:
    return b"".join(line[:13] + line[25:] if line[:1] == b"B" else line for line in text.splitlines(keepends=True))


def vermont(line: bytes, number: bytes, state: bytes = b"44") -> bytes:
    """An arrestee line whose arrest transaction number is 13 bytes wide."""
    return line[:2] + state + b"VT" + line[6:35] + number.ljust(13) + line[47:]
