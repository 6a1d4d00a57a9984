# SPDX-License-Identifier: BSD-3-Clause
"""Searches a token for keys: find-keys.py MODULE LABEL PIN, with a search in
each line that is read, as "id 01", "label name" or "all". Prints for each how
many private and how many public keys it finds."""
import sys

import PyKCS11

MODULE, LABEL, PIN = sys.argv[1:]


def open_session(library):
    """A session of the user on the token called LABEL."""
    for slot in library.getSlotList(tokenPresent=True):
        if library.getTokenInfo(slot).label.strip() == LABEL:
            session = library.openSession(slot)
            session.login(PIN)
            return session
    raise LookupError("no token is called " + LABEL)


def template(what, value=""):
    """What a line asks for."""
    if what == "id":
        return [(PyKCS11.CKA_ID, bytes.fromhex(value))]
    if what == "label":
        return [(PyKCS11.CKA_LABEL, value)]
    return []


def count(session, key_class, wanted):
    """How many objects of that class there are."""
    return len(session.findObjects([(PyKCS11.CKA_CLASS, key_class)] + wanted))


def main():
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    session = open_session(library)
    for line in sys.stdin:
        wanted = template(*line.split())
        private = count(session, PyKCS11.CKO_PRIVATE_KEY, wanted)
        public = count(session, PyKCS11.CKO_PUBLIC_KEY, wanted)
        print(line.strip() + ":", private, public)


main()
