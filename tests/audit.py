# SPDX-License-Identifier: BSD-3-Clause
"""Verifies an audit log, its checkpoints and a proof of one of its lines as the
C2SP texts and RFC 6962 describe them, with nothing of p11mux.

audit.py log VERIFIER-KEY LOG      prints how many checkpoints hold
audit.py proof VERIFIER-KEY PROOF LOG
"""
import base64
import gzip
import hashlib
import os
import subprocess
import sys
import tempfile


def fail(text):
    sys.exit("audit.py: " + text)


def leaf(line):
    return hashlib.sha256(b"\0" + line).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves):
    """RFC 6962, section 2.1, by its recursion, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node(root(leaves[:half]), root(leaves[half:]))


def path(index, leaves):
    """RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return path(index, leaves[:half]) + [root(leaves[half:])]
    return path(index - half, leaves[half:]) + [root(leaves[:half])]


def read_key(text):
    name, number, encoded = text.strip().split("+", 2)
    typed = base64.b64decode(encoded, validate=True)
    expected = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if typed[0] != 1 or len(typed) != 33 or expected.hex() != number:
        fail("the verifier key is none")
    return name, expected, typed[1:]


def ed25519(public, message, signature):
    der = bytes.fromhex("302a300506032b6570032100") + public
    with tempfile.TemporaryDirectory() as folder:
        for file, content in ("key", der), ("text", message), ("sig", signature):
            with open(os.path.join(folder, file), "wb") as stream:
                stream.write(content)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
             "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "sig"],
            cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def is_signed(note, key):
    try:
        open_note(note, key)
    except SystemExit:
        return False
    return True


def changes_of(notes):
    """Changes of keys that both keys have signed: (old, new) or None for each."""
    found = []
    for note in notes:
        found.append(None)
        for line in note.rpartition(b"\n\n")[0].decode().splitlines()[3:]:
            if line.startswith("p11mux key change "):
                old, new = map(read_key, line.split(" ")[3:])
                if is_signed(note, old) and is_signed(note, new):
                    found[-1] = (old, new)
    return found


def keys_of(notes, key):
    """The key whose time it is at each note, from one that is trusted."""
    changes = changes_of(notes)
    brought = [i for i, change in enumerate(changes) if change and change[1] == key]
    begin = brought[-1] if brought else 0
    keys, now = [None] * len(notes), key
    for i in range(begin, len(notes)):
        keys[i] = now
        if changes[i] and changes[i][0] == now:
            now = changes[i][1]
    now = changes[begin][0] if brought else key
    for i in range(begin - 1, -1, -1):
        keys[i] = now
        if changes[i] and changes[i][1] == now:
            now = changes[i][0]
    return keys


def open_note(note, key):
    """The text of a note that the key has signed."""
    name, number, public = key
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    for line in signatures.decode().splitlines():
        dash, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        if dash != "\u2014":
            fail("a line is no signature: " + line)
        if signer == name and signature[:4] == number:
            if not ed25519(public, text, signature[4:]):
                fail("a signature is wrong: " + line)
            return text
    return fail("the note is not signed by the key")


def open_checkpoint(note, key):
    origin, size, encoded = open_note(note, key).decode().splitlines()[:3]
    if not origin or size != str(int(size)):
        fail("the checkpoint is none")
    return int(size), base64.b64decode(encoded, validate=True)


def read_notes(data):
    notes, lines, empty = [], [], 0
    for line in data.splitlines(keepends=True):
        empty += line == b"\n"
        if empty == 2:
            notes.append(b"".join(lines))
            lines, empty = [], 0
        else:
            lines.append(line)
    if lines:
        fail("the last checkpoint has no end")
    return notes


def read(name):
    with open(name, "rb") as stream:
        return stream.read()


def read_lines(name):
    """Those with a line end; whatever else there is, is none yet."""
    if not os.path.exists(name):
        name += ".gz"
    data = read(name)
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    return data.split(b"\n")[:-1]


def read_manifest(name):
    """The older files, and pairs of a leaf and the number of its file."""
    lines = read(name).decode().splitlines()
    if lines.pop(0) != "p11mux manifest 1":
        fail("the manifest is none")
    pairs = [line.split(" ", 1) for line in lines]
    names = [value for word, value in pairs if word == "file"]
    firsts = [int(value) for word, value in pairs if word == "segment"]
    numbers = [int(value) for word, value in pairs if word == "of"]
    nodes, current = {}, None
    for word, value in pairs:
        if word == "segment":
            current = int(value)
        elif word == "node":
            nodes.setdefault(current, []).append(bytes.fromhex(value))
    return names, list(zip(firsts, numbers)), nodes


def peaks(leaves):
    """The roots of the whole subtrees from left to right."""
    found = []
    while leaves:
        size = 1 << (len(leaves).bit_length() - 1)
        found.append(root(leaves[:size]))
        leaves = leaves[size:]
    return found


def read_leaves(log):
    if not os.path.exists(log + ".manifest"):
        data = read(log)
        if data and not data.endswith(b"\n"):
            fail("the last line has no end")
        return [leaf(line) for line in data.split(b"\n")[:-1]]
    names, segments, nodes = read_manifest(log + ".manifest")
    folder = os.path.dirname(log)
    files = [read_lines(log)] + [read_lines(os.path.join(folder, name)) for name in names]
    known = int(read(log + ".checkpoint").split(b"\n")[1])
    lines = []
    for (first, number), end in zip(segments, [s[0] for s in segments[1:]] + [known]):
        if first != len(lines):
            fail("segment %d begins behind line %d" % (first, len(lines)))
        count = max(end - first, 0)
        lines += files[number][:count]
        files[number] = files[number][count:]
    for rest in files[1:] + files[:1]:
        lines += rest
    leaves = [leaf(line) for line in lines]
    for first, hashes in nodes.items():
        if hashes != peaks(leaves[:first]):
            fail("the nodes before leaf %d are wrong" % first)
    return leaves


def check_log(key, log):
    leaves = read_leaves(log)
    notes = read_notes(read(log + ".checkpoints"))
    for note, its_key in zip(notes, keys_of(notes, key)):
        size, expected = open_checkpoint(note, its_key)
        if size > len(leaves) or root(leaves[:size]) != expected:
            fail("the checkpoint of %d records does not hold" % size)
    if notes[-1] != read(log + ".checkpoint"):
        fail("the latest checkpoint is another one")
    print(len(notes))


def check_proof(key, name, log):
    head, _, note = read(name).partition(b"\n\n")
    lines = head.decode().splitlines()
    if lines.pop(0) != "c2sp.org/tlog-proof@v1":
        fail("the proof is none")
    record = base64.b64decode(lines.pop(0).split(" ")[1], validate=True)
    index = int(lines.pop(0).split(" ")[1])
    size, expected = open_checkpoint(note, key)
    leaves = read_leaves(log)[:size]
    if root(leaves) != expected or leaves[index] != leaf(record):
        fail("the proof is of another log")
    if [base64.b64decode(line, validate=True) for line in lines] != path(index, leaves):
        fail("the path is not that of RFC 6962")


if sys.argv[1] == "log":
    check_log(read_key(sys.argv[2]), sys.argv[3])
else:
    check_proof(read_key(sys.argv[2]), sys.argv[3], sys.argv[4])
