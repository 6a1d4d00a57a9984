#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs a command whose temporary files may be reached by other users:
# in-open-folder.sh COMMAND... It has a file system of its own over /mnt.
[ "${1:-}" = --inside ] || exec unshare -m "$0" --inside "$@"
shift
mount -t tmpfs -o mode=755 p11mux-test /mnt || exit
TMPDIR=/mnt exec "$@"
