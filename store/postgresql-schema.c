/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of a store in PostgreSQL (doc/formats.md), version after version.
 */
#include "store/postgresql-private.h"

#include <libpq-fe.h>
#include <stdlib.h>

/*
 * Steps that were released are never changed. What is searched for has no
 * limit of its length, what an index takes has one: so it takes hashes.
 */
static const char *const steps[] = {
    /* Somebody who may make none in this database may have been given it. */
    "DO $$ BEGIN"
    " IF to_regnamespace('p11mux') IS NULL THEN CREATE SCHEMA p11mux; END IF;"
    " END $$;"
    "CREATE TABLE p11mux.version (number BIGINT NOT NULL);"
    "INSERT INTO p11mux.version VALUES (0);"
    "CREATE TABLE p11mux.life ("
    " id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " token BYTEA NOT NULL UNIQUE,"
    " serial BYTEA);"
    "CREATE TABLE p11mux.value ("
    " id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " hash BYTEA NOT NULL UNIQUE,"
    " bytes BYTEA NOT NULL);"
    "CREATE TABLE p11mux.object ("
    " id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " life BIGINT NOT NULL REFERENCES p11mux.life,"
    " value BIGINT REFERENCES p11mux.value,"
    " type BIGINT,"
    " ident BYTEA,"
    " label BYTEA,"
    " subject BYTEA,"
    " issuer BYTEA,"
    " serial BYTEA,"
    " others BYTEA NOT NULL);"
    "CREATE INDEX object_life ON p11mux.object (life, id);"
    "CREATE INDEX object_value ON p11mux.object (value, life);"
    "CREATE INDEX object_type ON p11mux.object (life, type);"
    "CREATE INDEX object_ident ON p11mux.object (life, sha256(ident));"
    "CREATE INDEX object_label ON p11mux.object (life, sha256(label));"
    "CREATE INDEX object_subject ON p11mux.object (life, sha256(subject));"
    "CREATE INDEX object_issuer ON p11mux.object"
    " (life, sha256(issuer), sha256(serial));"
    "CREATE INDEX object_serial ON p11mux.object (life, sha256(serial));"
    /* A value goes with the last object that has it. */
    "CREATE FUNCTION p11mux.value_leave() RETURNS trigger LANGUAGE plpgsql AS "
    "$$"
    " BEGIN"
    "  DELETE FROM p11mux.value WHERE id = OLD.value AND"
    "  NOT EXISTS (SELECT 1 FROM p11mux.object WHERE value = OLD.value);"
    "  RETURN NULL;"
    " END $$;"
    "CREATE TRIGGER object_destroyed AFTER DELETE ON p11mux.object"
    " FOR EACH ROW EXECUTE FUNCTION p11mux.value_leave();"
    "CREATE TRIGGER object_changed AFTER UPDATE OF value ON p11mux.object"
    " FOR EACH ROW WHEN (OLD.value IS DISTINCT FROM NEW.value)"
    " EXECUTE FUNCTION p11mux.value_leave();"
    "UPDATE p11mux.version SET number = 1;",
    /* A token has a life for each serial number. */
    "ALTER TABLE p11mux.life DROP CONSTRAINT life_token_key;"
    "CREATE INDEX life_token ON p11mux.life (token, serial);"
    "UPDATE p11mux.version SET number = 2;",
};

enum { NEWEST = sizeof(steps) / sizeof(steps[0]) };

static enum store_result
refuse(struct postgresql_link *link, long long version)
{
    link->base.is_broken = true;
    return services_of(&link->base)
        ->fail(link->base.store, link->base.writes, STORE_BROKEN,
               "it is of version %lld, made by a later release of p11mux; this "
               "one knows versions up to %d: install the later release again",
               version, NEWEST);
}

static enum store_result
execute(struct postgresql_link *link, const char *sql, unsigned wait_ms)
{
    PGresult *answer;
    enum store_result result = STORE_DONE;

    if (!postgresql_execute(link, sql, wait_ms, &answer))
        result = postgresql_fail(link, answer);
    PQclear(answer);
    return result;
}

/* Of an answer that holds the version alone. */
static enum store_result
take_version(struct postgresql_link *link, const PGresult *answer,
             long long *version)
{
    if (PQntuples(answer) == 1) {
        *version = strtoll(PQgetvalue(answer, 0, 0), NULL, 10);
        return *version > NEWEST ? refuse(link, *version) : STORE_DONE;
    }
    link->base.is_broken = true;
    return services_of(&link->base)
        ->fail(link->base.store, link->base.writes, STORE_BROKEN,
               "its schema p11mux has no version; bring it back from a backup, "
               "or name another database in store.url");
}

/* By its catalogue, which is what it is now; to_regclass may remember what was
 * before another process was faster. */
static const char look[] =
    "SELECT 1 FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace"
    " ON pg_namespace.oid = relnamespace"
    " WHERE nspname = 'p11mux' AND relname = 'version'";

/* 0: there are no tables. */
static enum store_result
read_version(struct postgresql_link *link, long long *version)
{
    PGresult *answer;
    enum store_result result = STORE_DONE;

    *version = 0;
    if (!postgresql_execute(link, look, ANSWER_MS, &answer)) {
        result = postgresql_fail(link, answer);
    } else if (PQntuples(answer) == 1) {
        PQclear(answer);
        result = postgresql_execute(link, "SELECT number FROM p11mux.version",
                                    ANSWER_MS, &answer)
                     ? take_version(link, answer, version)
                     : postgresql_fail(link, answer);
    }
    PQclear(answer);
    return result;
}

/* Another process may have been faster. What fails ends with its connection. */
static enum store_result
take_steps(struct postgresql_link *link)
{
    long long version;
    enum store_result result =
        execute(link,
                "BEGIN ISOLATION LEVEL READ COMMITTED;"
                "SET LOCAL statement_timeout = 15000;"
                "SELECT pg_advisory_xact_lock(1882272109)",
                UPGRADE_MS);

    if (result == STORE_DONE)
        result = read_version(link, &version);
    for (; result == STORE_DONE && version < NEWEST; version++)
        result = execute(link, steps[version], UPGRADE_MS);
    return result == STORE_DONE ? execute(link, "COMMIT", UPGRADE_MS) : result;
}

enum store_result
postgresql_schema_upgrade(struct postgresql_link *link)
{
    long long version;
    enum store_result result = read_version(link, &version);

    return result == STORE_DONE && version < NEWEST ? take_steps(link) : result;
}

/* Whoever has locked the row writes: what others keep meanwhile, such as a
 * value that this one finds, they cannot destroy. */
enum store_result
postgresql_schema_begin(struct postgresql_link *link)
{
    PGresult *answer;
    long long version;
    enum store_result result =
        postgresql_execute(link,
                           "BEGIN ISOLATION LEVEL READ COMMITTED;"
                           "SELECT number FROM version FOR UPDATE",
                           ANSWER_MS, &answer)
            ? take_version(link, answer, &version)
            : postgresql_fail(link, answer);

    PQclear(answer);
    return result;
}
