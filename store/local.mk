# SPDX-License-Identifier: BSD-3-Clause
# store/: libp11mux_la_SOURCES += store/noun.c store/noun.h
libp11mux_la_SOURCES += store/field.c store/field.h store/life.c \
	store/links.c store/links.h store/module.c store/move.c store/move.h \
	store/move-merge.c store/move-private.h store/object.c store/operation.c \
	store/operation.h store/others.c store/others.h store/row.c \
	store/row.h store/row-query.c store/rows.c store/rows.h store/statement.c store/statement.h \
	store/store.c store/store.h store/store-private.h

# SQLite.
libp11mux_la_SOURCES += store/sqlite.c store/sqlite-error.c \
	store/sqlite-file.c store/sqlite-find.c store/sqlite-library.c \
	store/sqlite-library.h store/sqlite-open.c store/sqlite-private.h \
	store/sqlite-schema.c

# PostgreSQL, in a module of its own.
if POSTGRESQL
pkglib_LTLIBRARIES = store-postgresql.la
endif
store_postgresql_la_SOURCES = store/postgresql.c store/postgresql-error.c \
	store/postgresql-exchange.c store/postgresql-find.c \
	store/postgresql-open.c store/postgresql-private.h \
	store/postgresql-schema.c
store_postgresql_la_CPPFLAGS = $(AM_CPPFLAGS) $(POSTGRESQL_CFLAGS)
store_postgresql_la_LIBADD = $(POSTGRESQL_LIBS)
store_postgresql_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,-z,relro,-z,now $(no_undefined)

remove-store-libtool-file:
	rm -f '$(DESTDIR)$(pkglibdir)/store-postgresql.la'
remove-store-module:
	rm -f '$(DESTDIR)$(pkglibdir)/store-postgresql.so'

.PHONY: remove-store-libtool-file remove-store-module
