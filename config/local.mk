# SPDX-License-Identifier: BSD-3-Clause
# config/: libp11mux_la_SOURCES += config/noun.c config/noun.h
libp11mux_la_SOURCES += config/change.c config/change.h \
	config/class.c config/class.h \
	config/config.c config/config.h \
	config/duration.c config/duration.h \
	config/events.def \
	config/key.c config/key.h config/keys.def \
	config/letters.c config/letters.h \
	config/match.c config/match.h \
	config/member.c config/member.h \
	config/mechanism.c config/mechanism.h \
	config/mistake.c config/mistake.h \
	config/module.c config/module.h \
	config/pin.c config/pin.h \
	config/outcome.h config/path.c config/path.h \
	config/reader.c config/reader.h config/room-errors.def \
	config/repeat.c config/repeat.h \
	config/size.c config/size.h \
	config/syntax.c config/syntax.h \
	config/token.c config/token.h \
	config/uri.c config/uri.h \
	config/value.c config/value.h \
	config/words.c config/words.h
