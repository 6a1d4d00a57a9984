# SPDX-License-Identifier: BSD-3-Clause
"""Makes objects of all kinds that a token takes, extractable and not:
fill-mixed.py MODULE LABEL PIN COUNT CERTIFICATE. Among them is an RSA pair called
demo. Prints how many objects there are of each kind. With "empty" in place of the
last two it destroys all of them instead."""
import collections
import sys

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN, COUNT, *CERTIFICATE = sys.argv[1:]
EDWARDS_KEY_PAIR_GEN = 0x1055
CURVES = {
    "ec": (6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7),
    "ed": (0x13, 12) + tuple(b"edwards25519"),
}


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


def common(name, number):
    """What every object has."""
    return [
        (PyKCS11.CKA_TOKEN, True),
        (PyKCS11.CKA_LABEL, name),
        (PyKCS11.CKA_ID, (number >> 8, number & 255)),
    ]


def hidden(is_extractable):
    """What every private or secret key has."""
    return [
        (PyKCS11.CKA_PRIVATE, True),
        (PyKCS11.CKA_SENSITIVE, True),
        (PyKCS11.CKA_EXTRACTABLE, is_extractable),
    ]


def make_pair(session, kind, name, number, is_extractable):
    """RSA, EC or Ed25519."""
    public = common(name, number) + [(PyKCS11.CKA_VERIFY, True)]
    private = (
        common(name, number) + hidden(is_extractable) + [(PyKCS11.CKA_SIGN, True)]
    )
    if kind == "rsa":
        mechanism = PyKCS11.CKM_RSA_PKCS_KEY_PAIR_GEN
        public += [
            (PyKCS11.CKA_MODULUS_BITS, 2048),
            (PyKCS11.CKA_PUBLIC_EXPONENT, (1, 0, 1)),
        ]
    else:
        mechanism = (
            PyKCS11.CKM_EC_KEY_PAIR_GEN if kind == "ec" else EDWARDS_KEY_PAIR_GEN
        )
        public += [(PyKCS11.CKA_EC_PARAMS, CURVES[kind])]
    session.generateKeyPair(
        public, private, mecha=PyKCS11.Mechanism(mechanism, None)
    )


def make_secret(session, kind, name, number, is_extractable):
    """AES, or for a MAC."""
    usage = PyKCS11.CKA_ENCRYPT if kind == "aes" else PyKCS11.CKA_SIGN
    mechanism = (
        PyKCS11.CKM_AES_KEY_GEN
        if kind == "aes"
        else PyKCS11.CKM_GENERIC_SECRET_KEY_GEN
    )
    session.generateKey(
        common(name, number)
        + hidden(is_extractable)
        + [(PyKCS11.CKA_VALUE_LEN, 32), (usage, True)],
        mecha=PyKCS11.Mechanism(mechanism, None),
    )


def make_other(session, kind, name, number, _):
    """A certificate, or data."""
    if kind == "data":
        session.createObject(
            [
                (PyKCS11.CKA_CLASS, PyKCS11.CKO_DATA),
                (PyKCS11.CKA_TOKEN, True),
                (PyKCS11.CKA_LABEL, name),
                (PyKCS11.CKA_VALUE, tuple(name.encode())),
            ]
        )
        return
    with open(CERTIFICATE[0], "rb") as file:
        value = tuple(file.read())
    session.createObject(
        common(name, number)
        + [
            (PyKCS11.CKA_CLASS, PyKCS11.CKO_CERTIFICATE),
            (PyKCS11.CKA_CERTIFICATE_TYPE, PyKCS11.CKC_X_509),
            (PyKCS11.CKA_SUBJECT, subject_of(value)),
            (PyKCS11.CKA_VALUE, value),
        ]
    )


def subject_of(value):
    """The subject of a certificate that has issued itself: it is there twice, in
    front of the times and behind them."""
    data = bytes(value)
    start = data.index(b"\x06\x03\x55\x04\x03") - 4
    return tuple(data[start : start + data[start + 1] + 2])


MAKERS = {
    "rsa": make_pair,
    "ec": make_pair,
    "ed": make_pair,
    "aes": make_secret,
    "generic": make_secret,
    "cert": make_other,
    "data": make_other,
}


def main():
    """Kind after kind; what the token does not take is left out."""
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    session = open_session(library)
    if COUNT == "empty":
        for found in session.findObjects([(PyKCS11.CKA_TOKEN, True)]):
            session.destroyObject(found)
        return
    made = collections.Counter()
    refused = {}
    try:
        make_pair(session, "rsa", "demo", 0xFFFF, True)
    except PyKCS11Error:
        make_pair(session, "rsa", "demo", 0xFFFF, False)
    number = 0
    while number < int(COUNT) and len(refused) < len(MAKERS):
        for kind, make in MAKERS.items():
            if kind in refused:
                continue
            number += 1
            try:
                make(session, kind, f"{kind}-{number}", number, number % 4 != 0)
                made[kind] += 1
            except PyKCS11Error as error:
                if made[kind] > 0:
                    raise
                refused[kind] = str(error)
    print("made", dict(made), "refused", refused)
    session.logout()


main()
