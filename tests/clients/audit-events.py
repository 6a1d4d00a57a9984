# SPDX-License-Identifier: BSD-3-Clause
"""Calls that no tool makes, for the audit log of them:

audit-events.py MODULE LABEL PIN KEY limit LOG   signs while LOG may not grow
audit-events.py MODULE LABEL PIN KEY rare HEADER copies the public key, asks for
    what only tokens of PKCS#11 3.2 have (the functions' places are read from
    HEADER, cryptoki.h), and makes a key with an odd name
audit-events.py MODULE LABEL PIN KEY change CONFIGURATION   starts again with a
    configuration that says the same in another text
audit-events.py MODULE LABEL PIN KEY away FOLDER   signs until it works again
    after the folder of the token was away
"""
import ctypes
import os
import re
import resource
import sys

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN, KEY, WHAT, FILE = sys.argv[1:]
CKA_LABEL, CKO_PUBLIC_KEY = 3, 2
CKM_ML_KEM = 0x17
NULL = ctypes.c_void_p()
Number = ctypes.c_ulong


class Triple(ctypes.Structure):
    """An attribute or a mechanism: type, value, length."""

    _fields_ = [("type", Number), ("value", ctypes.c_void_p), ("length", Number)]


def open_session():
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    for slot in library.getSlotList(tokenPresent=True):
        if library.getTokenInfo(slot).label.strip() == LABEL:
            flags = PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION
            session = library.openSession(slot, flags)
            session.login(PIN)
            return session
    raise LookupError("no token is called " + LABEL)


def find(session, object_class):
    return session.findObjects(
        [(PyKCS11.CKA_CLASS, object_class), (PyKCS11.CKA_LABEL, KEY)]
    )[0]


def limit_files(size):
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def sign_under_limit(session):
    """The first record does not fit in whole, the second is not tried."""
    key = find(session, PyKCS11.CKO_PRIVATE_KEY)
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS)
    session.sign(key, b"recorded", mechanism)
    limit_files(os.stat(FILE).st_size + 100)
    for _ in range(2):
        try:
            session.sign(key, b"not recorded", mechanism)
            raise AssertionError("a signature has no record")
        except PyKCS11Error as error:
            assert error.value == PyKCS11.CKR_FUNCTION_FAILED, error
    limit_files(resource.RLIM_INFINITY)
    session.sign(key, b"recorded again", mechanism)


def signs(session, key):
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS)
    try:
        session.sign(key, b"recorded", mechanism)
        return True
    except PyKCS11Error as error:
        assert error.value == PyKCS11.CKR_DEVICE_REMOVED, error
        return False


def sign_around_absence(session):
    key = find(session, PyKCS11.CKO_PRIVATE_KEY)
    assert signs(session, key)
    os.rename(FILE, FILE + ".away")
    while signs(session, key):
        pass
    os.rename(FILE + ".away", FILE)
    while not signs(session, key):
        os.sched_yield()


def list_functions(header):
    """Of PKCS#11 3.2, in their order."""
    with open(header, encoding="ascii") as stream:
        body = stream.read().split("struct CK_FUNCTION_LIST_3_2 {")[1]
    return re.findall(r"CK_(C_\w+) \1;", body.split("};")[0])


class Functions:
    def __init__(self):
        interface = ctypes.POINTER(ctypes.c_void_p)()
        version = (ctypes.c_ubyte * 2)(3, 2)
        rv = ctypes.CDLL(MODULE).C_GetInterface(
            b"PKCS 11", version, ctypes.byref(interface), Number(0)
        )
        assert rv == 0, hex(rv)
        self.list = interface[1]
        self.names = list_functions(FILE)

    def call(self, name, *arguments):
        place = self.list + 8 * (1 + self.names.index(name))
        address = ctypes.c_void_p.from_address(place).value
        return ctypes.CFUNCTYPE(Number)(address)(*arguments)


def call_rare(session):
    functions = Functions()
    handle = Number(session.session.value())
    public = Number(find(session, PyKCS11.CKO_PUBLIC_KEY).value())
    made, room = Number(), Number(64)
    buffer = ctypes.create_string_buffer(64)
    name = ctypes.create_string_buffer(b"copied", 6)
    label = Triple(CKA_LABEL, ctypes.addressof(name), 6)
    mechanism = Triple(CKM_ML_KEM, None, 0)
    rv = functions.call("C_CopyObject", handle, public, ctypes.byref(label),
                        Number(1), ctypes.byref(made))
    assert rv == 0, hex(rv)
    rv = functions.call("C_EncapsulateKey", handle, ctypes.byref(mechanism),
                        public, NULL, Number(0), buffer, ctypes.byref(room),
                        ctypes.byref(made))
    assert rv != 0
    rv = functions.call("C_DecapsulateKey", handle, ctypes.byref(mechanism),
                        public, NULL, Number(0), buffer, room,
                        ctypes.byref(made))
    assert rv != 0


def start_again(library):
    library.C_Finalize()
    with open(FILE, "a", encoding="ascii") as stream:
        stream.write("// another text\n")
    assert library.C_Initialize() == 0


def make_odd_key(session):
    """Its label and its id are long, the label has control characters."""
    session.generateKey(
        [
            (PyKCS11.CKA_CLASS, PyKCS11.CKO_SECRET_KEY),
            (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_AES),
            (PyKCS11.CKA_VALUE_LEN, 16),
            (PyKCS11.CKA_LABEL, "\x01\x1b[31m\n\"\\\x7f\u2028" + "odd" * 400),
            (PyKCS11.CKA_ID, tuple(range(256)) * 16),
        ]
    )


session = open_session()
if WHAT == "limit":
    sign_under_limit(session)
elif WHAT == "away":
    sign_around_absence(session)
elif WHAT == "rare":
    call_rare(session)
    make_odd_key(session)
session.logout()
session.closeSession()
if WHAT == "change":
    start_again(session.lib)
print("OK")
