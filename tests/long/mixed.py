# SPDX-License-Identifier: BSD-3-Clause
"""Objects of all kinds on a token, extractable and not: mixed.py MODULE LABEL PIN
fill COUNT CERTIFICATE: makes those that the token takes, and an RSA pair called demo
use: lets each key do what it is for, and prints what came of it, in one order
empty: destroys them all
drop LIST: destroys those that LIST names, a plan of p11mux, as staying, but for demo"""
import collections
import hashlib
import json
import sys

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN, VERB, *REST = sys.argv[1:]
EDWARDS_KEY_PAIR_GEN = 0x1055
EDWARDS = 0x1057
EDWARDS_KEY = 0x40
CLASSES = {
    "certificate": PyKCS11.CKO_CERTIFICATE,
    "data": PyKCS11.CKO_DATA,
    "public key": PyKCS11.CKO_PUBLIC_KEY,
    "private key": PyKCS11.CKO_PRIVATE_KEY,
    "secret key": PyKCS11.CKO_SECRET_KEY,
}
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
    subject, serial, value = certificate_of(number)
    session.createObject(
        common(name, number)
        + [
            (PyKCS11.CKA_CLASS, PyKCS11.CKO_CERTIFICATE),
            (PyKCS11.CKA_CERTIFICATE_TYPE, PyKCS11.CKC_X_509),
            (PyKCS11.CKA_SUBJECT, tuple(subject)),
            (PyKCS11.CKA_ISSUER, tuple(subject)),
            (PyKCS11.CKA_SERIAL_NUMBER, tuple(serial)),
            (PyKCS11.CKA_VALUE, tuple(value)),
        ]
    )


def certificate_of(number):
    """One that has issued itself, with a serial number of its own, which nobody
    verifies: some tokens have each one once. Its subject is there twice, in front
    of the times and behind them."""
    with open(REST[1], "rb") as file:
        value = bytearray(file.read())
    start = value.index(b"\xa0\x03\x02\x01\x02\x02") + 5
    end = start + 2 + value[start + 1]
    value[end - 2 : end] = number.to_bytes(2, "big")
    at = value.index(b"\x06\x03\x55\x04\x03") - 4
    return value[at : at + value[at + 1] + 2], value[start:end], value


MAKERS = {
    "rsa": make_pair,
    "ec": make_pair,
    "ed": make_pair,
    "aes": make_secret,
    "generic": make_secret,
    "cert": make_other,
    "data": make_other,
}


def make_or_keep(make, session, kind, number):
    """A TPM has no key that may leave it."""
    name = f"{kind}-{number}"
    try:
        make(session, kind, name, number, number % 4 != 0)
    except PyKCS11Error:
        make(session, kind, name, number, False)


def fill(session):
    """Kind after kind; what the token does not take is left out."""
    made = collections.Counter()
    refused = {}
    try:
        make_pair(session, "rsa", "demo", 0xFFFF, True)
    except PyKCS11Error:
        make_pair(session, "rsa", "demo", 0xFFFF, False)
    number = 0
    while number < int(REST[0]) and len(refused) < len(MAKERS):
        for kind, make in MAKERS.items():
            if kind in refused:
                continue
            number += 1
            try:
                make_or_keep(make, session, kind, number)
                made[kind] += 1
            except PyKCS11Error as error:
                if made[kind] > 0:
                    raise
                refused[kind] = str(error)
    print("made", dict(made), "refused", refused)


# -- Using them ---------------------------------------------------------------

MESSAGE = hashlib.sha256(b"each key does what it is for").digest()
IS_ALIKE_EACH_TIME = {
    PyKCS11.CKK_RSA: PyKCS11.CKM_RSA_PKCS,
    EDWARDS_KEY: EDWARDS,
}


def find_all(session, object_class):
    """Those of a class that stay on the token, with label and type of key."""
    for found in session.findObjects(
        [(PyKCS11.CKA_TOKEN, True), (PyKCS11.CKA_CLASS, object_class)]
    ):
        label, key_type = session.getAttributeValue(
            found, [PyKCS11.CKA_LABEL, PyKCS11.CKA_KEY_TYPE]
        )
        yield label, key_type, found


def use_pair(session, key_type, private, public):
    """What is signed is verified; shown where it is the same each time."""
    mechanism = PyKCS11.Mechanism(
        IS_ALIKE_EACH_TIME.get(key_type, PyKCS11.CKM_ECDSA), None
    )
    signature = bytes(session.sign(private, MESSAGE, mechanism))
    assert session.verify(public, MESSAGE, signature, mechanism)
    if key_type not in IS_ALIKE_EACH_TIME:
        return "verified"
    return hashlib.sha256(signature).hexdigest()


def use_secret(session, key_type, key):
    """A block, or a MAC."""
    if key_type == PyKCS11.CKK_AES:
        mechanism = PyKCS11.Mechanism(PyKCS11.CKM_AES_CBC, bytes(16))
        made = session.encrypt(key, MESSAGE, mechanism)
    else:
        mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_HMAC, None)
        made = session.sign(key, MESSAGE, mechanism)
    return hashlib.sha256(bytes(made)).hexdigest()


def use(session):
    """Sorted, so that two tokens can be compared."""
    lines = []
    public = {
        label: found
        for label, _, found in find_all(session, PyKCS11.CKO_PUBLIC_KEY)
    }
    for label, key_type, found in find_all(session, PyKCS11.CKO_PRIVATE_KEY):
        lines.append(
            f"{label} {use_pair(session, key_type, found, public[label])}"
        )
    for label, key_type, found in find_all(session, PyKCS11.CKO_SECRET_KEY):
        lines.append(f"{label} {use_secret(session, key_type, found)}")
    print("\n".join(sorted(lines)))


# -- Destroying them ----------------------------------------------------------


def empty(session):
    """Whatever there is."""
    for found in session.findObjects([(PyKCS11.CKA_TOKEN, True)]):
        session.destroyObject(found)


def drop(session):
    """They are on the old member alone. What is known by its public key alone, as
    EC keys of NSS's softoken are, goes before that."""
    with open(REST[0], encoding="utf-8") as file:
        objects = json.load(file)["objects"]
    for one in sorted(objects, key=lambda one: one["class"] != "private key"):
        if one["state"] != "stays" or one["label"] == "demo":
            continue
        found = session.findObjects(
            [
                (PyKCS11.CKA_TOKEN, True),
                (PyKCS11.CKA_CLASS, CLASSES[one["class"]]),
                (PyKCS11.CKA_LABEL, one["label"]),
            ]
        )
        assert len(found) == 1, (one["label"], len(found))
        try:
            session.destroyObject(found[0])
        except PyKCS11Error as error:
            sys.exit(f"{one['class']} {one['label']} is not destroyed: {error}")


VERBS = {"fill": fill, "use": use, "empty": empty, "drop": drop}


def main():
    """One verb."""
    library = PyKCS11.PyKCS11Lib()
    library.load(MODULE)
    session = open_session(library)
    VERBS[VERB](session)
    session.logout()


main()
