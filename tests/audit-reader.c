/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a log and follows its runs, from what the format promises alone. */
#include "tests/audit-reader.h"

#include "tests/fixture.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_DIGITS = 32 };

struct run {
    char name[HASH_DIGITS + 1];
    unsigned long n;            /* of the next record */
    char prev[HASH_DIGITS + 1]; /* that it has */
};

void
audit_read(const char *path, struct audit_lines *out)
{
    FILE *file = fopen(path, "re");
    size_t length, room = 0;

    memset(out, 0, sizeof(*out));
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        fixture_fail("%s: cannot be read", path);
    room = (size_t)ftell(file);
    rewind(file);
    out->text = malloc(room + 1);
    length = fread(out->text, 1, room, file);
    out->text[length] = '\0';
    (void)fclose(file);
    out->lines = calloc(length + 1, sizeof(*out->lines));
    for (char *at = out->text; *at != '\0';) {
        char *end = strchr(at, '\n');

        if (end == at) { /* the newline that ends a torn line */
            at++;
            continue;
        }
        out->lines[out->n++] = at;
        if (end == NULL)
            break;
        *end = '\0';
        at = end + 1;
    }
}

void
audit_lines_free(struct audit_lines *lines)
{
    free(lines->text);
    free(lines->lines);
}

size_t
audit_count(const char *path, const char *text)
{
    struct audit_lines lines;
    size_t n = 0;

    audit_read(path, &lines);
    for (size_t i = 0; i < lines.n; i++)
        n += strstr(lines.lines[i], text) != NULL;
    audit_lines_free(&lines);
    return n;
}

char *
audit_find(const char *path, const char *text)
{
    struct audit_lines lines;
    char *found = NULL;

    audit_read(path, &lines);
    for (size_t i = lines.n; i-- > 0 && found == NULL;)
        if (strstr(lines.lines[i], text) != NULL)
            found = strdup(lines.lines[i]);
    audit_lines_free(&lines);
    return found;
}

/* RFC 6962, section 2.1: of a leaf. */
static void
hash_line(const char *line, char out[HASH_DIGITS + 1])
{
    unsigned char hash[32];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context == NULL ||
        EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(context, "", 1) != 1 ||
        EVP_DigestUpdate(context, line, strlen(line)) != 1 ||
        EVP_DigestFinal_ex(context, hash, &length) != 1)
        fixture_fail("SHA-256 failed");
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < HASH_DIGITS / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static struct run *
run_find(struct run *runs, size_t *n_runs, const char *name)
{
    for (size_t i = 0; i < *n_runs; i++)
        if (strcmp(runs[i].name, name) == 0)
            return &runs[i];
    if (*n_runs == AUDIT_MOST_RUNS)
        fixture_fail("more than %d runs", AUDIT_MOST_RUNS);
    memset(runs[*n_runs].prev, '0', HASH_DIGITS);
    strcpy(runs[*n_runs].name, name);
    return &runs[(*n_runs)++];
}

static bool
is_whole(const char *line)
{
    size_t length = strlen(line);

    return strncmp(line, "{\"v\":1,\"run\":\"", 14) == 0 && length > 2 &&
           line[length - 1] == '}' && strstr(line, ",\"detail\":") != NULL;
}

/* NULL, or what is wrong with it. */
static const char *
check_line(struct run *runs, size_t *n_runs, const char *line)
{
    char name[HASH_DIGITS + 1], prev[HASH_DIGITS + 1];
    unsigned long n;
    struct run *run;

    if (sscanf(line,
               "{\"v\":1,\"run\":\"%32[0-9a-f]\",\"n\":%lu,\"prev\":\"%32[0-9a-"
               "f]\",\"time\":\"",
               name, &n, prev) != 3)
        return "does not begin as a record";
    run = run_find(runs, n_runs, name);
    if (n != run->n)
        return fixture_text("is number %lu of its run, not %lu", n, run->n);
    if (strcmp(prev, run->prev) != 0)
        return "does not follow the one before it in its run";
    run->n++;
    hash_line(line, run->prev);
    return NULL;
}

const char *
audit_check(const char *path, size_t *n_runs, size_t *n_torn)
{
    struct run *runs = calloc(AUDIT_MOST_RUNS, sizeof(*runs));
    struct audit_lines lines;
    const char *trouble = NULL;

    audit_read(path, &lines);
    *n_runs = 0;
    for (size_t i = 0; i < lines.n && trouble == NULL; i++) {
        if (is_whole(lines.lines[i]))
            trouble = check_line(runs, n_runs, lines.lines[i]);
        else if (n_torn != NULL)
            ++*n_torn;
        else
            trouble = "is no whole record";
        if (trouble != NULL)
            trouble =
                fixture_text("line %zu %s: %s", i + 1, trouble, lines.lines[i]);
    }
    audit_lines_free(&lines);
    free(runs);
    return trouble;
}
