# SPDX-License-Identifier: BSD-3-Clause
"""A token behind p11-kit's server, which goes while a session is open:
lost-server.py MODULE LABEL, to be run by with-p11-kit-server.sh."""
import os
import signal
import sys
import time

import PyKCS11

MODULE, LABEL = sys.argv[1:]


def stat(process):
    """State, parent, process group, ... of a process."""
    with open(f"/proc/{process}/stat") as file:
        return file.read().rpartition(")")[2].split()


def server_group():
    """The processes that with-p11-kit-server.sh started."""
    ancestor = os.getpid()
    while True:
        ancestor = int(stat(ancestor)[1])
        with open(f"/proc/{ancestor}/task/{ancestor}/children") as children:
            for child in children.read().split():
                with open(f"/proc/{child}/comm") as name:
                    if name.read() == "p11-kit-server\n":
                        return int(stat(child)[2])


def group_is_gone(group):
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, _, its_group = stat(process)[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            return False
    return True


def end_server():
    group = server_group()
    deadline = time.monotonic() + 10
    os.killpg(group, signal.SIGKILL)
    while not group_is_gone(group):
        if time.monotonic() > deadline:
            sys.exit("the server does not end")
        time.sleep(0.02)


def main():
    # Python ignores it; it would end an application in C.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    (slot,) = (
        slot
        for slot in library.getSlotList(tokenPresent=True)
        if library.getTokenInfo(slot).label.strip() == LABEL
    )
    session = library.openSession(slot)
    if len(session.generateRandom(8)) != 8:
        sys.exit("the token draws no random numbers")
    end_server()
    for _ in range(3):
        try:
            session.generateRandom(8)
            sys.exit("a token that is gone has answered")
        except PyKCS11.PyKCS11Error as error:
            print(error)
    print("still alive")


main()
