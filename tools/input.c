/* SPDX-License-Identifier: MIT
 *
 * Reads lines in big blocks and in memory that does not grow.  A line that is longer than a request may be is told as such
 * and skipped.  Reading is a step of its own (input_fill), so that the caller can hand out what it has before it waits:
 * a program that writes one request and waits for the answer gets it.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tool.h"

static char *record_end(struct input *input);
static void count_lines(struct input *input);

bool
input_open(struct input *input, const char *word, char *buffer)
{
    bool standard = strcmp(word, "-") == 0;

    *input = (struct input){ .name = standard ? "standard input" : word, .buffer = buffer };
    if (standard) {
        input->fd = STDIN_FILENO;
        return true;
    }
    do
        input->fd = open(word, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (input->fd < 0 && errno == EINTR);
    input->error = input->fd < 0 ? errno : 0;
    return input->fd >= 0;
}

void
input_close(struct input *input)
{
    if (input->fd > STDIN_FILENO)
        (void)close(input->fd);
    input->fd = -1;
}

enum input_event
input_next(struct input *input, const char **text, size_t *size)
{
    if (input->entries)
        return har_next(input, text, size);
    for (;;) {
        char *begin = input->buffer + input->begin;
        size_t left = input->end - input->scanned;
        char *newline = left == 0 ? NULL : input->records ? record_end(input) : memchr(input->buffer + input->scanned, '\n', left);

        if (newline != NULL) {
            input->begin = input->scanned = (size_t)(newline + 1 - input->buffer);
            if (input->skipping) {
                input->skipping = false;
                input->extra_lines += input->more_lines;
                input->more_lines = 0;
                continue;
            }
            count_lines(input);
            *text = begin;
            *size = (size_t)(newline - begin);
            return *size > LINE_BYTES_MAX ? INPUT_LONG : INPUT_LINE;
        }
        input->scanned = input->end;
        if (!input->skipping && input->end - input->begin > LINE_BYTES_MAX) {
            count_lines(input);
            input->skipping = true;
            input->begin = input->scanned = input->end = 0;
            return INPUT_LONG;
        }
        if (input->skipping)
            input->begin = input->scanned = input->end = 0;
        if (!input->ended)
            return INPUT_MORE;
        if (input->error != 0)
            return INPUT_FAILED;
        if (input->begin == input->end)
            return INPUT_END;
        count_lines(input);
        *text = begin;
        *size = input->end - input->begin;
        input->begin = input->end;
        return INPUT_LINE;
    }
}

/* Looks for the end of the record from input->scanned on.  A quote opens a field only where the field begins, so that a stray one
 * spoils its own record, not those after it. */
static char *
record_end(struct input *input)
{
    for (size_t i = input->scanned; i < input->end; i++) {
        char c = input->buffer[i];

        if (input->field == FIELD_QUOTED) {
            if (c == '"')
                input->field = FIELD_QUOTE;
            else if (c == '\n')
                input->more_lines++;
        } else if (c == '\n') {
            input->field = FIELD_BEGINS;
            return input->buffer + i;
        } else if (c == '"') {
            input->field = input->field == FIELD_PLAIN ? FIELD_PLAIN : FIELD_QUOTED;
        } else {
            input->field = c == ',' ? FIELD_BEGINS : FIELD_PLAIN;
        }
    }
    return NULL;
}

/* Numbers the line, or the record, that is about to be returned. */
static void
count_lines(struct input *input)
{
    input->line += 1 + input->extra_lines;
    input->extra_lines = input->more_lines;
    input->more_lines = 0;
}

void
input_fill(struct input *input)
{
    size_t rest = input->end - input->begin;
    size_t room;

    if (input->begin != 0) {
        memmove(input->buffer, input->buffer + input->begin, rest);
        input->begin = 0;
        input->scanned = input->end = rest;
    }
    room = INPUT_ROOM - input->end;
    for (;;) {
        ssize_t n = read(input->fd, input->buffer + input->end, room < READ_BYTES ? room : READ_BYTES);

        if (n > 0) {
            input->end += (size_t)n;
        } else if (n == 0) {
            input->ended = true;
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd slot = { .fd = input->fd, .events = POLLIN };

            (void)poll(&slot, 1, -1);
            continue;
        } else {
            input->error = errno;
            input->ended = true;
        }
        return;
    }
}
