# SPDX-License-Identifier: BSD-3-Clause
"""Two processes on one token: who logs in in one of them is nobody in the
other, and who logs out there stays here (R10.12): two-clients.py MODULE LABEL
PIN, on a token with a private key."""
import subprocess
import sys

import PyKCS11

MODULE, LABEL, PIN = sys.argv[1:4]
PUBLIC, USER = PyKCS11.CKS_RO_PUBLIC_SESSION, PyKCS11.CKS_RO_USER_FUNCTIONS


def open_session():
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    (slot,) = (
        slot
        for slot in library.getSlotList(tokenPresent=True)
        if library.getTokenInfo(slot).label.strip() == LABEL
    )
    return library, library.openSession(slot)


def expect(what, session, state):
    keys = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)])
    found = session.getSessionInfo().state
    if found != state:
        sys.exit(f"{what}: the session's state is {found}, not {state}")
    if bool(keys) != (state == USER):
        sys.exit(f"{what}: {len(keys)} private keys are to be seen")
    return keys


def be_second():
    _library, session = open_session()
    expect("the second, before it logs in", session, PUBLIC)
    session.login(PIN)
    expect("the second, logged in", session, USER)
    session.logout()
    expect("the second, logged out", session, PUBLIC)


def be_first():
    _library, session = open_session()
    expect("the first, before it logs in", session, PUBLIC)
    session.login(PIN)
    expect("the first, logged in", session, USER)
    subprocess.run([sys.executable, "-B", *sys.argv, "second"], check=True)
    (key, *_) = expect("the first, after the second", session, USER)
    if not session.sign(key, b"message", PyKCS11.Mechanism(PyKCS11.CKM_RSA_PKCS)):
        sys.exit("the first signs no more")
    print("each is alone")


if len(sys.argv) > 4:
    be_second()
else:
    be_first()
