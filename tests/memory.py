# SPDX-License-Identifier: BSD-3-Clause
"""Runs a command until it writes its output, all that it does is done then, and
searches its memory for what must not be there any more: the private numbers of a
key, and a passphrase.

    memory.py KEY-FILE PASSPHRASE KNOWN COMMAND...

KEY-FILE is PEM in the clear. KNOWN is a text of the output, which has to be found,
or else nothing was searched. Prints what was found; the status is the
command's, or 99."""
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


def main():
    path, passphrase, known, command = *sys.argv[1:4], sys.argv[4:]
    wanted = {name: pieces_of(number)
              for name, number in numbers_of(path).items()}
    if not wanted:
        sys.exit("the file has no private numbers")
    wanted["the passphrase"] = (passphrase.encode(),)
    out, into, length = full_pipe()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=into)
    os.close(into)
    while process.poll() is None and not is_writing(process):
        time.sleep(0.01)
    is_known = is_found = False
    for region, memory in regions_of(process) if process.poll() is None else ():
        is_known |= known.encode() in memory
        for name, pieces in wanted.items():
            for piece in pieces:
                for match in re.finditer(re.escape(piece), memory):
                    print(f"{name} at {match.start():#x} of {region}")
                    is_found = True
    os.read(out, length)
    while os.read(out, 65536):
        pass
    if not is_known:
        print("the output is not found: nothing was searched")
    sys.exit(99 if is_found or not is_known else process.wait())


main()
