#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The same as tests/clients/nginx-pool.sh, for longer.
export NGINX_RELOADS=60
exec "${P11MUX_SRCDIR:-$(dirname "$0")/../..}/tests/clients/nginx-pool.sh"
