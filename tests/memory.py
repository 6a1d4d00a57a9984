# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command until it writes its output, all that it does is done then, and
searches its memory for what must not be there any more: the private numbers of
keys, and other secrets.

    memory.py [--key FILE]... [--hex DIGITS]... [--text TEXT]... KNOWN COMMAND...
    memory.py [...] --place PLACE... KNOWN

FILE is PEM in the clear. With --place the files there are searched instead, for
the digits of these, too. KNOWN is a text of the output, or of a file, which has to
be found, or else nothing was searched. Prints what was found; the status is the
command's, or 99."""
import argparse
import fcntl
import os
import re
import subprocess
import sys
import time

PRIVATE = ("privateExponent", "prime1", "prime2", "exponent1", "exponent2",
           "coefficient", "priv")
PIECE = 16


def numbers_of(path):
    """The private numbers, as openssl prints them."""
    text = subprocess.run(["openssl", "pkey", "-in", path, "-text", "-noout"],
                          check=True, capture_output=True, text=True).stdout
    numbers, name = {}, None
    for line in text.splitlines():
        if not line.startswith(" "):
            name = line.split(":")[0]
        elif name in PRIVATE:
            numbers[name] = numbers.get(name, b"") + \
                bytes.fromhex(line.strip().replace(":", ""))
    return {name: number.lstrip(b"\0") for name, number in numbers.items()}


def pieces_of(number):
    """Of both its ends, in both orders of bytes."""
    turned = number[::-1]
    return number[:PIECE], number[-PIECE:], turned[:PIECE], turned[-PIECE:]


def read_wanted(arguments):
    """Names, and the pieces that would give them away."""
    wanted = {}
    for path in arguments.key:
        numbers = numbers_of(path)
        if not numbers:
            sys.exit(f"{path} has no private numbers")
        for name, number in numbers.items():
            wanted[f"{name} of {path}"] = pieces_of(number)
    for digits in arguments.hex:
        wanted["the secret key"] = pieces_of(bytes.fromhex(digits))
    for text in arguments.text:
        wanted["the text"] = (text.encode(),)
    return wanted


def full_pipe():
    """One in which nothing fits any more."""
    out, into = os.pipe()
    flags = fcntl.fcntl(into, fcntl.F_GETFL)
    fcntl.fcntl(into, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    length = 0
    try:
        while True:
            length += os.write(into, b"x" * 4096)
    except BlockingIOError:
        fcntl.fcntl(into, fcntl.F_SETFL, flags)
    return out, into, length


def is_writing(process):
    """It waits in write(1, ...)."""
    with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
        return file.read().startswith("1 0x1 ")


def regions_of(process):
    with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            bounds, mode = line.split()[:2]
            start, end = (int(bound, 16) for bound in bounds.split("-"))
            # What is larger is a sanitizer's own.
            if mode[0] != "r" or "[v" in line or end - start > 1 << 30:
                continue
            memory.seek(start)
            try:
                yield line.strip(), memory.read(end - start)
            except OSError:
                pass  # guard pages of devices


def files_of(places):
    for place in places:
        paths = [place] if os.path.isfile(place) else [
            os.path.join(folder, name)
            for folder, _, names in os.walk(place) for name in names]
        for path in paths:
            with open(path, "rb") as file:
                yield path, file.read()


def search(regions, wanted, known):
    """Nothing is there, and there was something to search."""
    is_known = is_found = False
    for region, content in regions:
        is_known |= known.encode() in content
        for name, pieces in wanted.items():
            for piece in pieces:
                for match in re.finditer(re.escape(piece), content):
                    print(f"{name} at {match.start():#x} of {region}")
                    is_found = True
    if not is_known:
        print(f"{known} is not found: nothing was searched")
    return is_known and not is_found


def digits_of(wanted):
    """As texts would tell them."""
    return {name: [form for piece in pieces for form in
                   (piece, piece.hex().encode(), piece.hex().upper().encode())]
            for name, pieces in wanted.items()}


def main():
    parser = argparse.ArgumentParser()
    for option in "--key", "--hex", "--text", "--place":
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("known")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    wanted = read_wanted(arguments)
    if arguments.place:
        sys.exit(0 if search(files_of(arguments.place), digits_of(wanted),
                             arguments.known) else 99)
    out, into, length = full_pipe()
    process = subprocess.Popen(arguments.command, stdin=subprocess.DEVNULL, stdout=into)
    os.close(into)
    while process.poll() is None and not is_writing(process):
        time.sleep(0.01)
    regions = regions_of(process) if process.poll() is None else ()
    is_clean = search(regions, wanted, arguments.known)
    os.read(out, length)
    while os.read(out, 65536):
        pass
    sys.exit(process.wait() if is_clean else 99)


main()
