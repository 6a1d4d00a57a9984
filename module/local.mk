# SPDX-License-Identifier: BSD-3-Clause
# module/: libp11mux_face_la_SOURCES += module/entry-noun.c
pkcs11dir = $(libdir)/pkcs11
pkcs11_LTLIBRARIES = p11mux.la

# For p11mux.so, and for the tool, which calls what applications call.
noinst_LTLIBRARIES += libp11mux-face.la
libp11mux_face_la_LDFLAGS = $(AM_LDFLAGS)
libp11mux_face_la_SOURCES = \
	module/entry-async.c \
	module/entry-decrypt.c \
	module/entry-digest.c \
	module/entry-dual.c \
	module/entry-encapsulate.c \
	module/entry-encrypt.c \
	module/entry-find.c \
	module/entry-general.c \
	module/entry-key.c \
	module/entry-message-decrypt.c \
	module/entry-message-encrypt.c \
	module/entry-message-sign.c \
	module/entry-message-verify.c \
	module/entry-object.c \
	module/entry-parallel.c \
	module/entry-random.c \
	module/entry-session.c \
	module/entry-sign.c \
	module/entry-slot.c \
	module/entry-token.c \
	module/entry-verify-signature.c \
	module/entry-verify.c \
	module/initialize.c \
	module/list.c

p11mux_la_SOURCES =
p11mux_la_LIBADD = libp11mux-face.la libp11mux.la
p11mux_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,-Bsymbolic -Wl,-z,nodelete -Wl,-z,relro,-z,now $(no_undefined) \
	-Wl,--version-script=$(top_srcdir)/module/exports.map
p11mux_la_DEPENDENCIES = libp11mux-face.la libp11mux.la module/exports.map
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
