# SPDX-License-Identifier: BSD-3-Clause
"""Makes data objects on a token until it takes no more: fill-token.py MODULE
LABEL PIN. Prints how many there are then, and what it says to the next one; with
"empty" as one more word it destroys ten of them instead."""
import sys

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN, *WORDS = sys.argv[1:]
MOST = 5000
DATA = [(PyKCS11.CKA_CLASS, PyKCS11.CKO_DATA)]


def open_session(library):
    """A session of the user on the token called LABEL."""
    for slot in library.getSlotList(tokenPresent=True):
        if library.getTokenInfo(slot).label.strip() == LABEL:
            session = library.openSession(
                slot, PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION
            )
            session.login(PIN)
            return session
    raise LookupError("no token is called " + LABEL)


def fill(session):
    """Until there is an error, which is its answer."""
    for number in range(MOST):
        try:
            session.createObject(
                DATA
                + [
                    (PyKCS11.CKA_TOKEN, True),
                    (PyKCS11.CKA_PRIVATE, False),
                    (PyKCS11.CKA_LABEL, "filling %d" % number),
                    (PyKCS11.CKA_VALUE, (1, 2, 3)),
                ]
            )
        except PyKCS11Error as error:
            return str(error)
    raise RuntimeError("takes more than %d objects" % MOST)


def main():
    """What the words say."""
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    session = open_session(library)
    if WORDS == ["empty"]:
        for found in session.findObjects(DATA)[:10]:
            session.destroyObject(found)
    else:
        answer = fill(session)
        print(len(session.findObjects(DATA)), "objects, then", answer)
    session.logout()


main()
