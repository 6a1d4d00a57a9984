# SPDX-License-Identifier: BSD-3-Clause
# store/: libp11mux_la_SOURCES += store/noun.c store/noun.h
libp11mux_la_SOURCES += store/field.c store/field.h store/life.c \
	store/links.c store/links.h store/object.c store/operation.c \
	store/operation.h store/others.c store/others.h store/row.c \
	store/row.h store/row-query.c store/statement.c store/statement.h \
	store/store.c store/store.h store/store-private.h

# SQLite.
libp11mux_la_SOURCES += store/sqlite.c store/sqlite-error.c \
	store/sqlite-file.c store/sqlite-find.c store/sqlite-library.c \
	store/sqlite-library.h store/sqlite-open.c store/sqlite-private.h \
	store/sqlite-schema.c
