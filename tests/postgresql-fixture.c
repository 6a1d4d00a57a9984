/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts and ends a PostgreSQL server, and asks it. */
#include "tests/postgresql-fixture.h"

#include "tests/daemons.h"
#include "tests/fixture.h"

#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 32 };

static pid_t server; /* 0: none was started, -1: it was stopped */
static pid_t owner;

/* -- Programs ------------------------------------------------------------- */

/* Of the newest release that is installed. */
static const char *
program(const char *name)
{
    glob_t found;
    const char *path;

    if (glob(fixture_text("/usr/lib/postgresql/*/bin/%s", name), 0, NULL,
             &found) != 0)
        fixture_fail("PostgreSQL's %s is missing; on Debian: apt-get install "
                     "postgresql",
                     name);
    path = fixture_text("%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return path;
}

/* It refuses to be root; nobody sees a folder of root's with that capability
 * alone. It ends with the thread that starts it. */
static const char *const as_nobody[] = { "--reuid=65534", "--regid=65534",
                                         "--clear-groups",
                                         "--inh-caps=+dac_override",
                                         "--ambient-caps=+dac_override" };

static void
run_as_user(const char *const *command)
{
    const char *arguments[MAX_ARGUMENTS] = { "setpriv", "--pdeathsig", "QUIT" };
    size_t n = 3;
    int output = open(fixture_path("postgresql.log"),
                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (geteuid() == 0)
        for (size_t i = 0; i < sizeof(as_nobody) / sizeof(as_nobody[0]); i++)
            arguments[n++] = as_nobody[i];
    while (*command != NULL)
        arguments[n++] = *command++;
    (void)dup2(output, STDOUT_FILENO);
    (void)dup2(output, STDERR_FILENO);
    (void)execvp("setpriv", (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static pid_t
begin_as_user(const char *const *command)
{
    pid_t child = fork();

    if (child == 0)
        run_as_user(command);
    if (child < 0)
        fixture_fail("no process");
    return child;
}

static void
init_database(const char *folder)
{
    const char *password =
        fixture_write("password", 0600, "%s\n", POSTGRESQL_PASSWORD);
    const char *const command[] = { program("initdb"),
                                    "--no-sync",
                                    "--no-locale",
                                    "--encoding=UTF8",
                                    "--auth=scram-sha-256",
                                    "--username=" POSTGRESQL_USER,
                                    fixture_text("--pwfile=%s", password),
                                    folder,
                                    NULL };
    int status;

    if (waitpid(begin_as_user(command), &status, 0) < 0 || status != 0)
        fixture_fail("initdb ended with status %d", status);
}

/* initdb takes long: the first test of a program leaves a copy of what it made
 * for the others, under its name only when it is whole. */
static void
make_files(void)
{
    const char *scratch = getenv("P11MUX_SCRATCH");
    const char *data = fixture_path("data");
    const char *made, *unfinished;

    if (scratch == NULL) {
        init_database(data);
        return;
    }
    made = fixture_text("%s/postgresql", scratch);
    if (access(made, F_OK) == 0) {
        fixture_run("cp", "-a", made, data, NULL);
        return;
    }
    init_database(data);
    unfinished = fixture_text("%s.%ld", made, (long)getpid());
    fixture_run("cp", "-a", data, unfinished, NULL);
    /* Another test may have been faster. */
    (void)rename(unfinished, made);
}

/* -- The server ----------------------------------------------------------- */

static void
wait_until_ready(int listener)
{
    const char *message = "";
    size_t length;

    while (strstr(message, "READY=1") == NULL) {
        message = daemons_receive(listener, &length);
        if (message == NULL)
            fixture_fail("PostgreSQL does not start; see %s",
                         fixture_path("postgresql.log"));
    }
    (void)close(listener);
}

void
postgresql_start(void)
{
    const char *path = fixture_path("ready");
    int listener = daemons_listen(path);
    const char *const command[] = {
        program("postgres"), "-D", fixture_path("data"),  "-k",
        fixture_folder(),    "-c", "listen_addresses=",   "-c",
        "fsync=off",         "-c", "shared_buffers=16MB", NULL
    };

    fixture_setenv("NOTIFY_SOCKET", "%s", path);
    server = begin_as_user(command);
    wait_until_ready(listener);
    (void)unsetenv("NOTIFY_SOCKET");
}

void
postgresql_stop(void)
{
    if (server < 0)
        return;
    if (kill(server, SIGQUIT) != 0 || waitpid(server, NULL, 0) != server)
        fixture_fail("PostgreSQL does not stop");
    server = -1;
}

/* Before its files are removed. */
static void
stop_at_exit(void)
{
    if (getpid() == owner)
        postgresql_stop();
}

void
postgresql_prepare_server(void)
{
    if (server != 0)
        return;
    make_files();
    postgresql_start();
    owner = getpid();
    (void)atexit(stop_at_exit);
}

const char *
postgresql_url(const char *user, const char *password)
{
    return fixture_text("postgresql://%s:%s@/postgres?host=%s", user, password,
                        fixture_folder());
}

/* -- Questions ------------------------------------------------------------ */

static PGconn *
ask(const char *sql, int64_t *number)
{
    const char *const keywords[] = { "host",   "user",    "password",
                                     "dbname", "options", NULL };
    const char *const values[] = { fixture_folder(),
                                   POSTGRESQL_USER,
                                   POSTGRESQL_PASSWORD,
                                   "postgres",
                                   "-c search_path=p11mux "
                                   "-c client_min_messages=warning",
                                   NULL };
    PGconn *connection = PQconnectdbParams(keywords, values, 0);
    PGresult *result = PQexec(connection, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK &&
        PQresultStatus(result) != PGRES_COMMAND_OK)
        fixture_fail("%s: %s", sql, PQerrorMessage(connection));
    *number = PQntuples(result) == 1
                  ? strtoll(PQgetvalue(result, 0, 0), NULL, 10)
                  : 0;
    PQclear(result);
    return connection;
}

int64_t
postgresql_ask(const char *sql)
{
    int64_t number;

    PQfinish(ask(sql, &number));
    return number;
}

void
postgresql_run_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *sql = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&sql, &size, '\0', file) < 0)
        fixture_fail("%s cannot be read", path);
    (void)fclose(file);
    (void)postgresql_ask(sql);
    free(sql);
}

struct postgresql *
postgresql_hold(const char *sql)
{
    int64_t number;

    return (struct postgresql *)ask(sql, &number);
}

void
postgresql_release(struct postgresql *held)
{
    PQfinish((PGconn *)held);
}
