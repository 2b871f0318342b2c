/* SPDX-License-Identifier: 0BSD */
/* Samples on standard input, every complete window of features on standard output.
 * Arguments: sizes of the pieces that the samples are fed in, in turn. */
#include <stdio.h>
#include <stdlib.h>

#include "m_frontend.h"

#ifndef VALUES_PER_SAMPLE
#define VALUES_PER_SAMPLE 1
#endif

static void feed(m_frontend *frontend, const int16_t *samples, uint32_t count)
{
    /* Exact size, so that a sanitizer sees every step beyond it. */
    void *scratch = malloc(M_FRONTEND_SCRATCH_BYTES + 1);
    while (count > 0) {
        uint32_t taken = m_frontend_feed(frontend, scratch, samples, count);
        samples += taken * VALUES_PER_SAMPLE;
        count -= taken;
        if (m_frontend_ready(frontend)) {
            fwrite(m_frontend_features(frontend), 1, M_FRONTEND_FEATURE_BYTES, stdout);
        }
    }
    free(scratch);
}

int main(int count, char **arguments)
{
    m_frontend *frontend = malloc(sizeof *frontend);
    m_frontend_reset(frontend);
    for (int turn = 0;; turn = (turn + 1) % (count - 1)) {
        size_t piece = (size_t)strtoul(arguments[1 + turn], NULL, 10);
        size_t sample_bytes = VALUES_PER_SAMPLE * sizeof(int16_t);
        int16_t *samples = malloc(piece * sample_bytes);
        size_t got = fread(samples, sample_bytes, piece, stdin);
        feed(frontend, samples, (uint32_t)got);
        free(samples);
        if (got < piece) {
            break;
        }
    }
    free(frontend);
    return 0;
}
