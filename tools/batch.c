/* SPDX-License-Identifier: MIT
 *
 * Files of requests, handed out in chunks to any number of threads, and the order kept: see tool.h.  Whoever takes a chunk reads it
 * as well, so that there is no thread that only reads, and one thread alone works as all do.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "tool.h"

static bool next_chunk(struct batch *batch, struct chunk *chunk, struct rck_request *request);
static bool open_source(struct batch *batch, struct chunk *chunk);
static void close_source(struct batch *batch);
static bool take_header(struct batch *batch, struct chunk *chunk, struct rck_request *request, const char *text, size_t size);
static void tell(struct chunk *chunk, enum chunk_kind kind, int error);
static void release(struct source *source);

void
batch_init(struct batch *batch, const struct batch_file *files, size_t n_files)
{
    *batch = (struct batch){ .files = files, .n_files = n_files };
    (void)pthread_mutex_init(&batch->reading, NULL);
    (void)pthread_mutex_init(&batch->writing, NULL);
    (void)pthread_cond_init(&batch->turn, NULL);
    atomic_init(&batch->stopped, false);
}

void
batch_destroy(struct batch *batch)
{
    close_source(batch);
    (void)pthread_cond_destroy(&batch->turn);
    (void)pthread_mutex_destroy(&batch->writing);
    (void)pthread_mutex_destroy(&batch->reading);
}

void
chunk_init(struct chunk *chunk)
{
    *chunk = (struct chunk){ .buffer = must_allocate(INPUT_ROOM, 1) };
    chunk->records = must_allocate(CHUNK_RECORDS_MAX, sizeof *chunk->records);
}

void
chunk_free(struct chunk *chunk)
{
    free(chunk->buffer);
    free(chunk->records);
}

bool
batch_take(struct batch *batch, struct chunk *chunk, struct rck_request *request)
{
    bool found;

    (void)pthread_mutex_lock(&batch->reading);
    release(chunk->source);
    chunk->source = NULL;
    found = next_chunk(batch, chunk, request);
    if (found)
        chunk->number = batch->n_taken++;
    (void)pthread_mutex_unlock(&batch->reading);
    return found;
}

bool
batch_wait(struct batch *batch, const struct chunk *chunk)
{
    (void)pthread_mutex_lock(&batch->writing);
    while (batch->n_done != chunk->number)
        (void)pthread_cond_wait(&batch->turn, &batch->writing);
    (void)pthread_mutex_unlock(&batch->writing);
    return !atomic_load(&batch->stopped);
}

void
batch_done(struct batch *batch)
{
    (void)pthread_mutex_lock(&batch->writing);
    batch->n_done++;
    (void)pthread_cond_broadcast(&batch->turn);
    (void)pthread_mutex_unlock(&batch->writing);
}

void
batch_stop(struct batch *batch)
{
    atomic_store(&batch->stopped, true);
}

/* Fills CHUNK; false if nothing is left. */
static bool
next_chunk(struct batch *batch, struct chunk *chunk, struct rck_request *request)
{
    struct input *input = &batch->input;

    chunk->kind = CHUNK_RECORDS;
    chunk->n_records = 0;
    while (!atomic_load(&batch->stopped)) {
        const char *text = NULL;
        size_t size = 0;

        if (batch->source == NULL) {
            if (batch->next_file == batch->n_files)
                return false;
            if (!open_source(batch, chunk))
                return true;
        }
        /* What was not returned yet lies in the buffer of whoever took the last chunk; it stays there until that thread comes here. */
        if (input->buffer != chunk->buffer) {
            size_t rest = input->end - input->begin;

            if (rest != 0)
                memcpy(chunk->buffer, input->buffer + input->begin, rest);
            input->scanned -= input->begin;
            input->begin = 0;
            input->end = rest;
            input->buffer = chunk->buffer;
        }
        chunk->source = batch->source;
        switch (input_next(input, &text, &size)) {
        case INPUT_LINE:
        case INPUT_LONG:
            if (!input->entries && size <= LINE_BYTES_MAX && text != NULL && is_blank_line(text, size))
                break;
            if (text == NULL)
                size = LINE_BYTES_MAX + 1;
            if (batch->source->form == FORM_CSV && batch->source->csv == NULL) {
                if (take_header(batch, chunk, request, text, size))
                    break;
                batch->source->n_users++;
                close_source(batch);
                return true;
            }
            chunk->records[chunk->n_records++] =
                (struct record){ .line = input->line, .entry = input->har.n_entries, .begin = text != NULL ? (uint32_t)(text - chunk->buffer) : 0, .size = (uint32_t)size };
            if (chunk->n_records < CHUNK_RECORDS_MAX)
                break;
            batch->source->n_users++;
            return true;
        case INPUT_MORE: /* whoever waits for answers gets those that there are */
            if (chunk->n_records != 0) {
                batch->source->n_users++;
                return true;
            }
            input_fill(input);
            break;
        case INPUT_FAILED:
        case INPUT_BROKEN:
        case INPUT_END:
            if (chunk->n_records == 0 && input->error == 0 && input->har.why == NULL) {
                close_source(batch);
                break;
            }
            batch->source->n_users++;
            if (chunk->n_records != 0)
                return true; /* and ask again */
            tell(chunk, input->har.why != NULL ? CHUNK_BROKEN : CHUNK_READ_FAILED, input->error);
            chunk->line = input->har.line + 1;
            chunk->column = input->har.column + 1;
            chunk->why = input->har.why;
            close_source(batch);
            return true;
        }
    }
    chunk->source = NULL;
    return false;
}

/* Opens the next file.  False if that fails, and CHUNK tells it. */
static bool
open_source(struct batch *batch, struct chunk *chunk)
{
    const struct batch_file *file = &batch->files[batch->next_file++];

    batch->source = must_allocate(1, sizeof *batch->source);
    batch->source->n_users = 1;
    batch->source->word = file->word;
    batch->source->form = file->form;
    if (!input_open(&batch->input, file->word, chunk->buffer)) {
        chunk->source = batch->source;
        tell(chunk, CHUNK_OPEN_FAILED, batch->input.error);
        batch->source->n_users++;
        close_source(batch);
        return false;
    }
    batch->source->name = batch->input.name;
    batch->input.records = file->form == FORM_CSV;
    batch->input.entries = file->form == FORM_HAR;
    return true;
}

static void
close_source(struct batch *batch)
{
    if (batch->source == NULL)
        return;
    input_close(&batch->input);
    release(batch->source);
    batch->source = NULL;
}

/* Reads the header.  False if it cannot be read, and CHUNK tells it. */
static bool
take_header(struct batch *batch, struct chunk *chunk, struct rck_request *request, const char *text, size_t size)
{
    enum rck_status status;

    if (size > LINE_BYTES_MAX) {
        tell(chunk, CHUNK_HEADER_LONG, 0);
        return false;
    }
    status = rck_csv_new(request, text, size, &batch->source->csv);
    if (status == RCK_OK)
        return true;
    tell(chunk, CHUNK_HEADER_FAILED, (int)status);
    chunk->line = batch->input.line;
    return false;
}

static void
tell(struct chunk *chunk, enum chunk_kind kind, int error)
{
    chunk->kind = kind;
    chunk->error = error;
}

/* Gives up one use of SOURCE. */
static void
release(struct source *source)
{
    if (source == NULL || --source->n_users != 0)
        return;
    rck_csv_free(source->csv);
    free(source);
}

bool
is_blank_line(const char *text, size_t size)
{
    size_t i = 0;

    while (i < size && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
        i++;
    return i == size;
}
