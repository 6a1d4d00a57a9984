# SPDX-License-Identifier: BSD-3-Clause
# Tests of tokens in mode "migrate".
migrate_sources = tests/migrate-fixture.c tests/migrate-fixture.h \
	$(paused_sources)

check_PROGRAMS += tests/test-config-migrate
tests_test_config_migrate_SOURCES = tests/test-config-migrate.c \
	$(config_sources)

check_PROGRAMS += tests/test-migration-phase
tests_test_migration_phase_SOURCES = tests/test-migration-phase.c \
	$(config_sources)

check_PROGRAMS += tests/test-migrate
tests_test_migrate_SOURCES = tests/test-migrate.c $(migrate_sources)
tests_test_migrate_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-look
tests_test_migrate_look_SOURCES = tests/test-migrate-look.c $(migrate_sources)
tests_test_migrate_look_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-looker
tests_test_migrate_looker_SOURCES = tests/test-migrate-looker.c \
	$(migrate_sources)
tests_test_migrate_looker_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-reuse
tests_test_migrate_reuse_SOURCES = tests/test-migrate-reuse.c \
	$(migrate_sources)
tests_test_migrate_reuse_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-uses
tests_test_migrate_uses_SOURCES = tests/test-migrate-uses.c $(migrate_sources) \
	$(counters_fixture)
tests_test_migrate_uses_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-rules
tests_test_migrate_rules_SOURCES = tests/test-migrate-rules.c $(migrate_sources)
tests_test_migrate_rules_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-login
tests_test_migrate_login_SOURCES = tests/test-migrate-login.c $(migrate_sources)
tests_test_migrate_login_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-destroy
tests_test_migrate_destroy_SOURCES = tests/test-migrate-destroy.c \
	tests/heard.c tests/heard.h $(migrate_sources)
tests_test_migrate_destroy_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-migrate-change
tests_test_migrate_change_SOURCES = tests/test-migrate-change.c \
	$(migrate_sources)
tests_test_migrate_change_LDADD = $(pool_ldadd)

bury_sources = tests/bury-fixture.c tests/bury-fixture.h \
	tests/heard.c tests/heard.h $(migrate_sources)

check_PROGRAMS += tests/test-migrate-bury
tests_test_migrate_bury_SOURCES = tests/test-migrate-bury.c $(bury_sources)
tests_test_migrate_bury_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-tombstone
tests_test_tombstone_SOURCES = tests/test-tombstone.c $(bury_sources)
tests_test_tombstone_LDADD = $(pool_ldadd)

# What the tool knows of the two.
copying_sources = tests/copying-fixture.c tests/copying-fixture.h \
	cli/copying.c cli/memory.c $(migrate_sources)

check_PROGRAMS += tests/test-copying
tests_test_copying_SOURCES = tests/test-copying.c $(copying_sources)
tests_test_copying_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-copying-settle
tests_test_copying_settle_SOURCES = tests/test-copying-settle.c \
	cli/copying-make.c $(copying_sources)
tests_test_copying_settle_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-copying-mend
tests_test_copying_mend_SOURCES = tests/test-copying-mend.c \
	cli/copying-make.c cli/copying-mend.c $(copying_sources)
tests_test_copying_mend_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-group-objects
tests_test_group_objects_SOURCES = tests/test-group-objects.c \
	cli/group-objects.c $(copying_sources)
tests_test_group_objects_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-import-journal
tests_test_import_journal_SOURCES = tests/test-import-journal.c \
	cli/import-journal.c cli/copying-make.c $(copying_sources)
tests_test_import_journal_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-import-left
tests_test_import_left_SOURCES = tests/test-import-left.c cli/import-left.c \
	$(copying_sources)
tests_test_import_left_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-buried
tests_test_buried_SOURCES = tests/test-buried.c cli/buried.c \
	$(copying_sources)
tests_test_buried_LDADD = $(pool_ldadd)

check_PROGRAMS += tests/test-move
tests_test_move_SOURCES = tests/test-move.c cli/move.c cli/handles.c \
	$(copying_sources)
tests_test_move_LDADD = $(pool_ldadd)

# Of a folder that cannot be brought to the disk.
check_PROGRAMS += tests/test-phase-change
tests_test_phase_change_SOURCES = tests/test-phase-change.c \
	cli/phase-change.c $(config_sources)
tests_test_phase_change_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync
