
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Runs a fuzz target over stored inputs: a line of TAP for each file or
 * directory that is named.
 */


#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static int replay_any(const char *path, size_t *count);
static int replay_directory(const char *path, size_t *count);
static int replay_file(const char *path, size_t size, size_t *count);


int
main(int argc, char **argv)
{
    int     i, failed;
    size_t  count;

    failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%d\n", argc - 1);

    for (i = 1; i < argc; i++) {
        count = 0;

        if (replay_any(argv[i], &count) != 0 || count == 0) {
            printf("not ok %d - %s, %zu inputs\n", i, argv[i], count);
            failed = 1;
            continue;
        }

        printf("ok %d - %s, %zu inputs\n", i, argv[i], count);
    }

    return failed;
}


static int
replay_any(const char *path, size_t *count)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        printf("# %s: %s\n", path, strerror(errno));
        return -1;
    }

    if (S_ISDIR(st.st_mode)) {
        return replay_directory(path, count);
    }

    return replay_file(path, (size_t) st.st_size, count);
}


/* Runs the files of one directory, in the order of their names. */

static int
replay_directory(const char *path, size_t *count)
{
    int              i, n, rc;
    size_t           len;
    char            *name;
    struct stat      st;
    struct dirent  **entries;

    n = scandir(path, &entries, NULL, alphasort);

    if (n < 0) {
        printf("# %s: %s\n", path, strerror(errno));
        return -1;
    }

    rc = 0;

    for (i = 0; i < n; i++) {
        len = strlen(path) + strlen(entries[i]->d_name) + 2;
        name = malloc(len);

        if (name == NULL) {
            abort();
        }

        snprintf(name, len, "%s/%s", path, entries[i]->d_name);

        if (stat(name, &st) == 0 && S_ISREG(st.st_mode)
            && replay_file(name, (size_t) st.st_size, count) != 0)
        {
            rc = -1;
        }

        free(name);
        free(entries[i]);
    }

    free(entries);

    return rc;
}


/* The input lies in a block of just its size, for the sanitizers' sake. */

static int
replay_file(const char *path, size_t size, size_t *count)
{
    FILE     *f;
    size_t    n;
    uint8_t  *data;

    f = fopen(path, "rb");

    if (f == NULL) {
        printf("# %s: %s\n", path, strerror(errno));
        return -1;
    }

    data = malloc(size > 0 ? size : 1);

    if (data == NULL) {
        abort();
    }

    n = fread(data, 1, size, f);
    fclose(f);

    if (n == size) {
        (void) LLVMFuzzerTestOneInput(data, size);
        (*count)++;

    } else {
        printf("# %s: short read\n", path);
    }

    free(data);

    return (n == size) ? 0 : -1;
}
