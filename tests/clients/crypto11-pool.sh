#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# crypto11's pool over p11mux's, on devices with few sessions:
# tests/clients/crypto11.sh.
export CRYPTO11_POOL=yes
exec "$(dirname "$0")/crypto11.sh"
