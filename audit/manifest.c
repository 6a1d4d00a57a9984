/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads, writes and continues manifests. */
#include "audit/manifest.h"

#include "audit/word-text.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <string.h>

static const char mark[] = "p11mux manifest 1\n";

/* The second is for segments that continue their file. */
enum { LARGEST_MANIFEST = 64 * 1024 * 1024, MOST_TREES = 16 };

void
manifest_clear(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_names; i++)
        free(manifest->names[i]);
    for (size_t i = 0; i < manifest->n_segments; i++)
        free(manifest->segments[i].before);
    free(manifest->names);
    free(manifest->segments);
    *manifest = (struct manifest){ .names = NULL };
}

size_t
manifest_find(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->n_names; i++)
        if (strcmp(manifest->names[i], name) == 0)
            return i + 1;
    return 0;
}

/* Room for one more at the end, by doubling. */
static void *
grow(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    return reallocarray(items, count > 0 ? 2 * count : 1, size);
}

/* Takes the name over, also when it fails. */
static bool
push_name(struct manifest *manifest, char *name)
{
    char **names = grow(manifest->names, manifest->n_names, sizeof(*names));

    if (names == NULL || name == NULL) {
        if (names != NULL)
            manifest->names = names;
        free(name);
        return false;
    }
    manifest->names = names;
    names[manifest->n_names++] = name;
    return true;
}

static struct manifest_segment *
push_segment(struct manifest *manifest, uint64_t first, size_t file)
{
    struct manifest_segment *segments =
        grow(manifest->segments, manifest->n_segments, sizeof(*segments));

    if (segments == NULL)
        return NULL;
    manifest->segments = segments;
    segments += manifest->n_segments++;
    *segments = (struct manifest_segment){ .first = first, .file = file };
    return segments;
}

bool
manifest_add_name(struct manifest *manifest, const char *name)
{
    if (!push_name(manifest, strdup(name)))
        return false;
    for (size_t i = 0; i < manifest->n_segments; i++)
        if (manifest->segments[i].file == 0)
            manifest->segments[i].file = manifest->n_names;
    return true;
}

/* Whether one before it is of the same file. */
static bool
is_continued(const struct manifest *manifest, size_t segment)
{
    for (size_t i = 0; i < segment; i++)
        if (manifest->segments[i].file == manifest->segments[segment].file)
            return true;
    return false;
}

/* A process that goes on in an older file makes segments without end. */
static void
drop_tree(struct manifest *manifest)
{
    struct manifest_segment *segment;

    if (manifest->n_segments <= MOST_TREES)
        return;
    segment = &manifest->segments[manifest->n_segments - MOST_TREES - 1];
    if (!is_continued(manifest, manifest->n_segments - MOST_TREES - 1))
        return;
    free(segment->before);
    segment->before = NULL;
}

bool
manifest_add_line(struct manifest *manifest, size_t file,
                  const struct tree *tree, bool *out_is_changed)
{
    size_t n = manifest->n_segments;
    struct manifest_segment *segment;

    *out_is_changed = n == 0 || manifest->segments[n - 1].file != file;
    if (!*out_is_changed)
        return true;
    segment = push_segment(manifest, tree->size, file);
    if (segment == NULL)
        return false;
    drop_tree(manifest);
    if (tree->size == 0)
        return true;
    segment->before = malloc(sizeof(*tree));
    if (segment->before != NULL)
        *segment->before = *tree;
    return segment->before != NULL;
}

/* -- Text -------------------------------------------------------------------
 */

static bool
parse_segment(const char **next, struct manifest *manifest)
{
    struct manifest_segment *segment;
    uint64_t first;
    uint64_t file;

    if (!word_take_number(next, "segment", &first) ||
        !word_take_number(next, "of", &file) || file > manifest->n_names)
        return false;
    if (manifest->n_segments == 0
            ? first != 0
            : first <= manifest->segments[manifest->n_segments - 1].first)
        return false;
    segment = push_segment(manifest, first, (size_t)file);
    if (segment == NULL)
        return false;
    if (strncmp(*next, "node ", strlen("node ")) != 0)
        return true;
    segment->before = calloc(1, sizeof(*segment->before));
    if (segment->before == NULL)
        return false;
    segment->before->size = first;
    return word_take_nodes(next, segment->before);
}

bool
manifest_parse(const char *text, size_t length, struct manifest *out)
{
    const char *next = text + sizeof(mark) - 1;
    char *name;

    *out = (struct manifest){ .names = NULL };
    if (strncmp(text, mark, sizeof(mark) - 1) != 0 || strlen(text) != length)
        return false;
    while (word_take_text(&next, "file", &name)) {
        bool is_known = manifest_find(out, name) != 0;

        if (!push_name(out, name) || is_known)
            return false;
    }
    while (*next != '\0')
        if (!parse_segment(&next, out))
            return false;
    return true;
}

bool
manifest_read(const char *path, struct manifest *out, bool *out_is_there,
              struct error *error)
{
    CLEANUP(freep) char *text = NULL;
    size_t length;

    *out = (struct manifest){ .names = NULL };
    *out_is_there = access(path, F_OK) == 0 || errno != ENOENT;
    if (!*out_is_there)
        return true;
    if (!file_read(path, LARGEST_MANIFEST, &text, &length, error))
        return false;
    if (manifest_parse(text, length, out))
        return true;
    manifest_clear(out);
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is no manifest of a log; bring back a copy of it, or "
                     "verify the files without it by their names, the oldest "
                     "first",
                     path);
}

bool
manifest_write(const char *path, const struct manifest *manifest, gid_t group,
               struct error *error)
{
    CLEANUP(freep) char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         path);
    (void)fputs(mark, stream);
    for (size_t i = 0; i < manifest->n_names; i++)
        (void)fprintf(stream, "file %s\n", manifest->names[i]);
    for (size_t i = 0; i < manifest->n_segments; i++) {
        const struct manifest_segment *segment = &manifest->segments[i];

        word_write_number(stream, "segment", segment->first);
        word_write_number(stream, "of", segment->file);
        if (segment->before != NULL)
            word_write_nodes(stream, segment->before);
    }
    if (fclose(stream) != 0)
        return error_set(error, CKR_HOST_MEMORY, "%s: no memory to write it",
                         path);
    return file_replace_shared(path, text, length, 0640, group, error);
}
