# SPDX-License-Identifier: BSD-3-Clause
# etc/: what is installed beside the module and the tool.
