# SPDX-License-Identifier: BSD-3-Clause
"""Looks at a command that draws on a whole terminal: watch.py WANTED COMMAND...
It has to show WANTED, a regular expression, twice, and to leave the terminal as
it was: after q, Ctrl-C, SIGTERM, and after it was stopped and goes on."""

import os
import pty
import re
import signal
import struct
import sys
import termios
from fcntl import ioctl

wanted, command = re.compile(sys.argv[1].encode()), sys.argv[2:]
ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"


def lead(report):
    """The session's leader: with it what nobody has read yet would be gone. It
    says what becomes of the command, and stays."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    os.write(report, f"{pid}\n".encode())
    how = None
    while how is None or os.WIFSTOPPED(how):
        _, how = os.waitpid(pid, os.WUNTRACED)
        os.write(report, f"{how}\n".encode())
    while True:
        signal.pause()


class Watched:
    """The command on a terminal of its own."""

    def __init__(self):
        read, write = os.pipe()
        self.leader, self.terminal = pty.fork()
        if self.leader == 0:
            lead(write)
        os.close(write)
        self.report = os.fdopen(read)
        self.pid = int(self.report.readline())
        ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 132, 0, 0))
        self.seen = b""

    def read_until(self, pattern):
        """What comes until then, which is not looked at again."""
        while not (match := re.search(pattern, self.seen, re.DOTALL)):
            try:
                more = os.read(self.terminal, 65536)
            except OSError:
                more = b""
            if not more:
                sys.exit(f"{pattern!r} does not come: {self.seen!r}")
            self.seen += more
        text, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return text

    def attributes(self):
        return termios.tcgetattr(self.terminal)

    def end(self, status):
        """It has to end like this, with the terminal given back."""
        self.read_until(re.escape(LEAVE))
        how = os.waitstatus_to_exitcode(int(self.report.readline()))
        os.kill(self.leader, signal.SIGKILL)
        os.waitpid(self.leader, 0)
        if status != how:
            sys.exit(f"ends with {how}")


def begin():
    watched = Watched()
    watched.read_until(re.escape(ENTER))
    for _ in range(2):
        watched.read_until(rb"\x1b\[H.*?" + wanted.pattern + rb".*?\x1b\[J")
    if watched.attributes()[3] & (termios.ECHO | termios.ICANON):
        sys.exit("keys are shown")
    return watched


def expect_echo(watched):
    if not watched.attributes()[3] & termios.ECHO:
        sys.exit("the terminal is not as it was")


one = begin()
os.write(one.terminal, b"q")
one.end(0)

one = begin()
os.write(one.terminal, b"\x03")
one.end(0)

one = begin()
os.kill(one.pid, signal.SIGTERM)
one.end(-signal.SIGTERM)

one = begin()
os.kill(one.pid, signal.SIGTSTP)
one.read_until(re.escape(LEAVE))
if not os.WIFSTOPPED(int(one.report.readline())):
    sys.exit("is not stopped")
expect_echo(one)
os.kill(one.pid, signal.SIGCONT)
one.read_until(re.escape(ENTER))
one.read_until(wanted.pattern)
os.write(one.terminal, b"q")
one.end(0)
