# SPDX-License-Identifier: BSD-3-Clause
# module/: p11mux_la_SOURCES += module/entry-noun.c
pkcs11dir = $(libdir)/pkcs11
pkcs11_LTLIBRARIES = p11mux.la

p11mux_la_SOURCES =
p11mux_la_LIBADD = libp11mux.la
p11mux_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -Wl,-z,nodelete -Wl,-z,relro,-z,now $(no_undefined) \
	-Wl,--version-script=$(top_srcdir)/module/exports.map
p11mux_la_DEPENDENCIES = libp11mux.la module/exports.map
EXTRA_DIST += module/exports.map

# A sanitizer's own functions are only in the program.
if SANITIZED
no_undefined =
else
no_undefined = -Wl,-z,defs
endif

# What is loaded is p11mux.so; libtool's description of it helps nobody.
remove-libtool-file:
	rm -f '$(DESTDIR)$(pkcs11dir)/p11mux.la'
remove-module:
	rm -f '$(DESTDIR)$(pkcs11dir)/p11mux.so'

.PHONY: remove-libtool-file remove-module
