/* SPDX-License-Identifier: BSD-3-Clause */
/* The file in which this process shows its counters. */
#include "router/counters-file.h"

#include "audit/program.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "router/mapped-file.h"
#include "router/runtime-folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct counters_file {
    char *path;
    struct counters_head *head;
    size_t size;
    ino_t inode;
};

/* -- Making -----------------------------------------------------------------
 */

static void
fill_head(struct counters_head *head, uint32_t n_tokens, uint32_t n_members)
{
    char exe[PATH_MAX];

    head->version = COUNTERS_VERSION;
    head->n_tokens = n_tokens;
    head->n_members = n_members;
    head->picture_size = counters_picture_size(n_tokens, n_members);
    head->pid = (uint64_t)getpid();
    head->started_us = clock_real_us();
    if (audit_program_find_exe(getpid(), exe))
        (void)snprintf(head->program, sizeof(head->program), "%.*s",
                       COUNTERS_PROGRAM - 1, exe);
    atomic_thread_fence(memory_order_release);
    memcpy(head->magic, counters_magic, sizeof(head->magic));
}

static bool
make(struct counters_file *file, int folder, const char *name)
{
    file->head = mapped_file_make(folder, name, file->size, &file->inode);
    return file->head != NULL;
}

static bool
explain(const struct counters_file *file, struct error *error)
{
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be made with %zu bytes: %s; make room, or set "
                     "runtime_dir",
                     file->path, file->size, error_reason(errno));
}

static bool
place(struct counters_file *file, const char *runtime_dir, struct error *error)
{
    CLEANUP(closep) int folder = runtime_make_folder(runtime_dir, error);
    char name[RUNTIME_FILE_NAME];
    struct birth self;

    if (folder < 0)
        return false;
    runtime_sweep(folder, birth_is_alive);
    if (!birth_of_self(&self))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "/proc does not say when this process was started; "
                         "mount it");
    runtime_name(&self, name);
    if (asprintf(&file->path, "%s/%lu/%s", runtime_dir,
                 (unsigned long)geteuid(), name) < 0) {
        file->path = NULL;
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    return make(file, folder, name) || explain(file, error);
}

struct counters_file *
counters_file_new(const char *runtime_dir, uint32_t n_tokens,
                  uint32_t n_members, struct error *error)
{
    struct counters_file *file = calloc(1, sizeof(*file));

    if (file == NULL) {
        (void)error_set(error, CKR_HOST_MEMORY, "out of memory");
        return NULL;
    }
    file->size = COUNTERS_HEAD_SIZE +
                 2 * (size_t)counters_picture_size(n_tokens, n_members);
    if (place(file, runtime_dir, error)) {
        fill_head(file->head, n_tokens, n_members);
        return file;
    }
    free(file->path);
    free(file);
    return NULL;
}

/* -- Drawing ----------------------------------------------------------------
 */

bool
counters_file_is_good(const struct counters_file *file, uint32_t n_tokens,
                      uint32_t n_members)
{
    struct stat status;

    return n_tokens <= file->head->n_tokens &&
           n_members <= file->head->n_members &&
           stat(file->path, &status) == 0 && status.st_ino == file->inode;
}

static struct counters_picture *
picture_at(const struct counters_file *file, uint64_t sequence)
{
    char *first = (char *)file->head + COUNTERS_HEAD_SIZE;

    return (struct counters_picture *)(void *)(first +
                                               (sequence & 1) *
                                                   file->head->picture_size);
}

struct counters_picture *
counters_file_begin(struct counters_file *file, struct counters_token **tokens,
                    struct counters_member **members)
{
    uint64_t sequence = atomic_load(&file->head->sequence);
    struct counters_picture *picture = picture_at(file, sequence + 1);

    memset(picture, 0, file->head->picture_size);
    *tokens = counters_tokens(picture);
    *members = counters_members(picture, file->head->n_tokens);
    picture->drawn_us = clock_real_us();
    return picture;
}

void
counters_file_show(struct counters_file *file)
{
    atomic_fetch_add_explicit(&file->head->sequence, 1, memory_order_release);
}

void
counters_file_free(struct counters_file *file)
{
    if (file == NULL)
        return;
    (void)unlink(file->path);
    (void)munmap(file->head, file->size);
    free(file->path);
    free(file);
}
