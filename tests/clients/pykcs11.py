# SPDX-License-Identifier: BSD-3-Clause
"""PyKCS11 uses one token: pykcs11.py MODULE LABEL PIN WORD... What the token
has no mechanism for, or needs a word that is not given, is left out."""
import hashlib
import sys
import unittest

import PyKCS11
from PyKCS11 import PyKCS11Error

MODULE, LABEL, PIN, *WORDS = sys.argv[1:]
MESSAGE = b"a message that is longer than a block of the cipher"


def needs(*wanted):
    """Marks a test of tokens that have all of these mechanisms and words."""

    def mark(test):
        test.needs = wanted
        return test

    return mark


def find_slot(library):
    for slot in library.getSlotList(tokenPresent=True):
        if library.getTokenInfo(slot).label.strip() == LABEL:
            return slot
    raise LookupError("no token is called " + LABEL)


def rsa_templates(*usage):
    """Of a public and a private session key, with usages such as SIGN."""
    inverse = {"SIGN": "VERIFY", "DECRYPT": "ENCRYPT", "UNWRAP": "WRAP"}
    public = [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PUBLIC_KEY),
        (PyKCS11.CKA_TOKEN, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_MODULUS_BITS, 2048),
        (PyKCS11.CKA_PUBLIC_EXPONENT, (0x01, 0x00, 0x01)),
        (PyKCS11.CKA_LABEL, "python"),
        (PyKCS11.CKA_ID, (0x70, 0x79)),
    ]
    private = [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY),
        (PyKCS11.CKA_TOKEN, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_PRIVATE, PyKCS11.CK_TRUE),
        (PyKCS11.CKA_LABEL, "python"),
        (PyKCS11.CKA_ID, (0x70, 0x79)),
    ]
    for one in usage:
        private.append((getattr(PyKCS11, "CKA_" + one), PyKCS11.CK_TRUE))
        public.append((getattr(PyKCS11, "CKA_" + inverse[one]), PyKCS11.CK_TRUE))
    return public, private


def aes_template(*usage, extractable=False):
    template = [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_SECRET_KEY),
        (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_AES),
        (PyKCS11.CKA_TOKEN, PyKCS11.CK_FALSE),
        (PyKCS11.CKA_SENSITIVE, not extractable),
        (PyKCS11.CKA_EXTRACTABLE, extractable),
    ]
    for one in usage:
        template.append((getattr(PyKCS11, "CKA_" + one), PyKCS11.CK_TRUE))
    return template


class Token(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = PyKCS11.PyKCS11Lib()
        cls.library.load(MODULE)
        cls.slot = find_slot(cls.library)
        cls.offered = cls.library.getMechanismList(cls.slot)

    @classmethod
    def tearDownClass(cls):
        del cls.library

    def setUp(self):
        test = getattr(self, self._testMethodName)
        for name in getattr(test, "needs", ()):
            if name not in self.offered and name not in WORDS:
                self.skipTest("the token has no " + name)
        self.session = self.library.openSession(
            self.slot, PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION
        )
        self.session.login(PIN)
        self.made = []

    def tearDown(self):
        for key in self.made:
            self.session.destroyObject(key)
        self.session.logout()
        self.session.closeSession()

    def assertRefuses(self, rv, function, *arguments):
        with self.assertRaises(PyKCS11Error) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.value, rv, str(caught.exception))

    def make_rsa(self, *usage):
        pair = self.session.generateKeyPair(*rsa_templates(*usage))
        self.made.extend(pair)
        return pair

    def make_aes(self, *usage, **more):
        template = aes_template(*usage, **more)
        template.append((PyKCS11.CKA_VALUE_LEN, 32))
        return self.session.generateKey(template)

    def test_finds_what_it_made(self):
        public, private = self.make_rsa("SIGN")
        other = self.library.openSession(self.slot)
        by_id = [(PyKCS11.CKA_ID, (0x70, 0x79))]
        found = other.findObjects(by_id)
        self.assertEqual(len(found), 2)
        classes = sorted(
            other.getAttributeValue(key, [PyKCS11.CKA_CLASS])[0]
            for key in found
        )
        self.assertEqual(
            classes, [PyKCS11.CKO_PUBLIC_KEY, PyKCS11.CKO_PRIVATE_KEY]
        )
        moduli = {
            bytes(other.getAttributeValue(key, [PyKCS11.CKA_MODULUS])[0])
            for key in found
        }
        self.assertEqual(len(moduli), 1)
        self.assertEqual(len(moduli.pop()), 256)
        label = other.getAttributeValue(public, [PyKCS11.CKA_LABEL])[0]
        self.assertEqual(label, "python")
        self.session.destroyObject(self.made.pop())
        self.assertEqual(len(other.findObjects(by_id)), 1)
        self.assertRefuses(
            PyKCS11.CKR_KEY_HANDLE_INVALID,
            other.sign,
            private,
            MESSAGE,
            PyKCS11.MechanismRSAPKCS1,
        )
        other.closeSession()

    def test_signs_and_verifies(self):
        public, private = self.make_rsa("SIGN")
        for name in ("CKM_SHA1_RSA_PKCS", "CKM_SHA256_RSA_PKCS"):
            if name not in self.offered:
                continue
            mechanism = PyKCS11.Mechanism(getattr(PyKCS11, name))
            signature = self.session.sign(private, MESSAGE, mechanism)
            self.assertEqual(len(signature), 256)
            self.assertTrue(
                self.session.verify(public, MESSAGE, signature, mechanism)
            )
            self.assertFalse(
                self.session.verify(public, b"else", signature, mechanism)
            )

    @needs("CKM_SHA256_RSA_PKCS_PSS")
    def test_signs_with_a_parameter(self):
        public, private = self.make_rsa("SIGN")
        mechanism = PyKCS11.RSA_PSS_Mechanism(
            PyKCS11.CKM_SHA256_RSA_PKCS_PSS,
            PyKCS11.CKM_SHA256,
            PyKCS11.CKG_MGF1_SHA256,
            32,
        )
        signature = self.session.sign(private, MESSAGE, mechanism)
        self.assertTrue(
            self.session.verify(public, MESSAGE, signature, mechanism)
        )

    @needs("CKM_RSA_PKCS")
    def test_decrypts(self):
        public, private = self.make_rsa("DECRYPT")
        sealed = self.session.encrypt(public, MESSAGE)
        self.assertNotEqual(bytes(sealed), MESSAGE)
        opened = self.session.decrypt(private, sealed)
        self.assertEqual(bytes(opened), MESSAGE)

    @needs("CKM_SHA256")
    def test_digests(self):
        wanted = hashlib.sha256(MESSAGE).digest()
        mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256)
        self.assertEqual(bytes(self.session.digest(MESSAGE, mechanism)), wanted)
        parts = self.session.digestSession(mechanism)
        for start in range(0, len(MESSAGE), 7):
            parts.update(MESSAGE[start : start + 7])
        self.assertEqual(bytes(parts.final()), wanted)

    @needs("aes")
    def test_encrypts(self):
        key = self.make_aes("ENCRYPT", "DECRYPT")
        mechanism = PyKCS11.Mechanism(PyKCS11.CKM_AES_CBC_PAD, bytes(range(16)))
        sealed = self.session.encrypt(key, MESSAGE, mechanism)
        self.assertEqual(len(sealed), 64)
        self.assertEqual(
            bytes(self.session.decrypt(key, sealed, mechanism)), MESSAGE
        )

    @needs("gcm")
    def test_encrypts_with_memory_in_its_parameter(self):
        key = self.make_aes("ENCRYPT", "DECRYPT")
        mechanism = PyKCS11.AES_GCM_Mechanism(bytes(12), b"seen", 128)
        sealed = self.session.encrypt(key, MESSAGE, mechanism)
        self.assertEqual(len(sealed), len(MESSAGE) + 16)
        self.assertEqual(
            bytes(self.session.decrypt(key, sealed, mechanism)), MESSAGE
        )
        damaged = bytes(sealed)[:-1] + bytes([sealed[-1] ^ 1])
        with self.assertRaises(PyKCS11Error):
            self.session.decrypt(key, damaged, mechanism)

    def wrap_and_unwrap(self, wrapping, unwrapping, mechanism):
        key = self.make_aes("ENCRYPT", "DECRYPT", extractable=True)
        wrapped = self.session.wrapKey(wrapping, key, mechanism)
        again = self.session.unwrapKey(
            unwrapping, wrapped, aes_template("ENCRYPT", "DECRYPT"), mechanism
        )
        cipher = PyKCS11.Mechanism(PyKCS11.CKM_AES_ECB)
        block = MESSAGE[:32]
        self.assertEqual(
            bytes(self.session.encrypt(key, block, cipher)),
            bytes(self.session.encrypt(again, block, cipher)),
        )

    @needs("wrap")
    def test_wraps_with_a_secret_key(self):
        key = self.make_aes("WRAP", "UNWRAP")
        mechanism = PyKCS11.Mechanism(PyKCS11.CKM_AES_KEY_WRAP)
        self.wrap_and_unwrap(key, key, mechanism)

    @needs("aes")
    def test_wraps_with_a_public_key(self):
        public, private = self.make_rsa("UNWRAP")
        self.wrap_and_unwrap(public, private, PyKCS11.MechanismRSAPKCS1)

    def test_draws_random_numbers(self):
        first = bytes(self.session.generateRandom(32))
        self.assertEqual(len(first), 32)
        self.assertNotEqual(first, bytes(self.session.generateRandom(32)))

    def test_refuses_a_wrong_pin(self):
        self.assertRefuses(
            PyKCS11.CKR_USER_ALREADY_LOGGED_IN, self.session.login, PIN
        )
        self.session.logout()
        self.assertRefuses(
            PyKCS11.CKR_PIN_INCORRECT, self.session.login, "99999"
        )
        self.session.login(PIN)

    def test_forgets_a_closed_session(self):
        other = self.library.openSession(self.slot)
        other.closeSession()
        self.assertRefuses(
            PyKCS11.CKR_SESSION_HANDLE_INVALID, other.generateRandom, 8
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
