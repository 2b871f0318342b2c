/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

void AE_NAME(dense_packed)(const struct ae_packed *args, const int8_t *in, int8_t *out,
                           int8_t *scratch)
{
    int32_t *const column = (int32_t *)(void *)scratch;
    const int32_t left = args->depth & 3;
    int32_t *const last = AE_NAME(widen_pixel)(in, args->depth >> 2, column);

    if (left > 0) {
        const int8_t *const rest = in + args->depth - left;

        last[0] = ae_lanes(rest[0], left > 2 ? rest[2] : 0);
        last[1] = ae_lanes(left > 1 ? rest[1] : 0, 0);
    }
    AE_NAME(packed_pixel)(args, column, out);
    ae_limit_all(out, args->channels, args->low, args->high);
}
