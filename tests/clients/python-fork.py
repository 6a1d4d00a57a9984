# SPDX-License-Identifier: BSD-3-Clause
"""Workers that are forked and never initialise PKCS#11 again:
python-fork.py MODULE LABEL PIN. The parent has opened a session, logged in and
found its keys; each worker logs in where it is told to, and signs with them
(fork = "follow")."""
import hashlib
import os
import sys
import traceback

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN = sys.argv[1:]
MESSAGE = hashlib.sha256(b"what the workers sign").digest()
WORKERS = 4


def find_slot(library):
    for slot in library.getSlotList(tokenPresent=True):
        if library.getTokenInfo(slot).label.strip() == LABEL:
            return slot
    raise LookupError("no token is called " + LABEL)


def make_keys(session):
    usual = [
        (PyKCS11.CKA_TOKEN, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_LABEL, "worker"),
        (PyKCS11.CKA_ID, (0x77,)),
    ]
    public = usual + [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PUBLIC_KEY),
        (PyKCS11.CKA_MODULUS_BITS, 2048),
        (PyKCS11.CKA_PUBLIC_EXPONENT, (0x01, 0x00, 0x01)),
        (PyKCS11.CKA_VERIFY, PyKCS11.CK_TRUE),
    ]
    private = usual + [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY),
        (PyKCS11.CKA_PRIVATE, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_SIGN, PyKCS11.CK_TRUE),
    ]
    return session.generateKeyPair(public, private)


def sign(session, keys):
    public, private = keys
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_RSA_PKCS)
    signature = session.sign(private, MESSAGE, mechanism)
    assert session.verify(public, MESSAGE, signature, mechanism)


def work(session, keys):
    """With the parent's session and handles."""
    try:
        sign(session, keys)
        raise AssertionError("the parent's login has come to the worker")
    except PyKCS11Error as error:
        assert error.value == PyKCS11.CKR_USER_NOT_LOGGED_IN, error
    session.login(PIN)
    for _ in range(5):
        sign(session, keys)
    found = session.findObjects([(PyKCS11.CKA_LABEL, "worker")])
    assert {one.value() for one in found} == {one.value() for one in keys}


def fork(run, *arguments):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(*arguments)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def wait(child):
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "a worker failed"


def fork_and_wait(session, keys):
    """As a daemon does: its own child is the worker."""
    wait(fork(work, session, keys))


library = PyKCS11.PyKCS11Lib()
library.load(MODULE)
session = library.openSession(
    find_slot(library), PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION
)
session.login(PIN)
keys = make_keys(session)
sign(session, keys)
# One after the other: a SoftHSM that starts while another process logs in may
# not see the token.
for _ in range(WORKERS):
    wait(fork(work, session, keys))
    sign(session, keys)
wait(fork(fork_and_wait, session, keys))
sign(session, keys)
session.logout()
print("OK")
