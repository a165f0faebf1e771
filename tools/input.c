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
    for (;;) {
        char *begin = input->buffer + input->begin;
        size_t left = input->end - input->scanned;
        char *newline = left != 0 ? memchr(input->buffer + input->scanned, '\n', left) : NULL;

        if (newline != NULL) {
            input->begin = input->scanned = (size_t)(newline + 1 - input->buffer);
            if (input->skipping) {
                input->skipping = false;
                continue;
            }
            input->line++;
            *text = begin;
            *size = (size_t)(newline - begin);
            return *size > LINE_BYTES_MAX ? INPUT_LONG : INPUT_LINE;
        }
        input->scanned = input->end;
        if (!input->skipping && input->end - input->begin > LINE_BYTES_MAX) {
            input->line++;
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
        input->line++;
        *text = begin;
        *size = input->end - input->begin;
        input->begin = input->end;
        return INPUT_LINE;
    }
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
