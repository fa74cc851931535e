"""Unpacks PPMd, variant I, revision 1: a program, as pyppmd takes the process along that gives it damaged data.

    ppmd.py ORDER MEGABYTES RESTORE BYTES

On standard input come pieces of packed data, each after its length (4 bytes, little-endian); each is answered on standard output by
pieces of what it unpacks to, written the same way, and an empty one.
"""

import struct
import sys

import pyppmd

AT_ONCE = 1 << 20
LENGTH = struct.Struct("<I")


def main(order: int, megabytes: int, restore: int, left: int) -> None:
    """Decompress chunks from standard input to standard output, until `left` bytes are written."""
    decoder = pyppmd.Ppmd8Decoder(order, megabytes << 20, restore)
    while length := sys.stdin.buffer.read(LENGTH.size):
        packed = sys.stdin.buffer.read(*LENGTH.unpack(length))
        while left > 0:
            unpacked = decoder.decode(packed, min(left, AT_ONCE))
            left -= len(unpacked)
            if unpacked:
                sys.stdout.buffer.write(LENGTH.pack(len(unpacked)) + unpacked)
            # What it holds back it gives when it is asked again, with nothing more to unpack.
            if decoder.needs_input or not unpacked:
                break
            packed = b""
        sys.stdout.buffer.write(LENGTH.pack(0))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
