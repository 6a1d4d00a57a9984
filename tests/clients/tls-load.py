# SPDX-License-Identifier: BSD-3-Clause
"""Clients of a web server that come and go: tls-load.py PORT AUTHORITIES
THREADS CIPHER... Each connection is a whole handshake and one request, of TLS
1.3 and of 1.2 with each of the ciphers in turn. They go on until a file called
"stop" is there. Each answer is a line in the file "asked", whatever else
happens one in "failures"."""
import itertools
import os
import socket
import ssl
import sys
import threading

PORT, AUTHORITIES, THREADS, *CIPHERS = sys.argv[1:]
PATIENCE_S = 20
REQUEST = b"GET /index.html HTTP/1.0\r\nHost: localhost\r\n\r\n"


def make_context(cipher=None):
    context = ssl.create_default_context(cafile=AUTHORITIES)
    if cipher is None:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)
    return context


CONTEXTS = [make_context()] + [make_context(cipher) for cipher in CIPHERS]


def ask(context):
    with socket.create_connection(("127.0.0.1", int(PORT)), PATIENCE_S) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as stream:
            stream.sendall(REQUEST)
            answer = b"".join(iter(lambda: stream.recv(4096), b""))
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise ValueError("the answer is " + repr(answer[:60]))


def go_on(first):
    turns = itertools.islice(itertools.cycle(CONTEXTS), first, None)
    with open("asked", "a") as asked, open("failures", "a") as failures:
        while not os.path.exists("stop"):
            try:
                ask(next(turns))
                print("answered", file=asked, flush=True)
            except (OSError, ValueError) as error:
                print(repr(error), file=failures, flush=True)


threads = [
    threading.Thread(target=go_on, args=(number,))
    for number in range(int(THREADS))
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
