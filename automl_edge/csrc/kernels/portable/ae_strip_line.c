/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

/* A word of each channel from inputs at `low` and `high`; where the next ones go. */
static int32_t *put(const struct ae_strip_line *args, const int8_t *low, const int8_t *high,
                    int32_t *line)
{
    for (int32_t c = 0; c < 4; c++) {
        line[c * args->strip] = ae_lanes(low[c], high[c]);
    }
    return line + 3;
}

void AE_NAME(strip_line)(const struct ae_strip_line *args, const int8_t *in, int32_t *line)
{
    if (args->leads) {
        line = put(args, args->zeros, in, line);
        in += args->pixel;
    }
    for (int32_t i = 0; i < args->pairs; i++) {
        line = put(args, in, in + args->pixel, line);
        in += 2 * args->pixel;
    }
    if (args->trails) {
        line = put(args, in, args->zeros, line);
    }
    for (int32_t i = 0; i < args->blanks; i++) {
        line = put(args, args->zeros, args->zeros, line);
    }
}
