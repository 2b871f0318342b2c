/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@_selftest.h"

#include "@SYMBOL@_golden.h"
#include "ae_fnv.h"

static int32_t differs(@SYMBOL@_context *context, const @SYMBOL@_golden *golden)
{
    const int16_t *samples = golden->samples;
    uint32_t count = golden->count;
    @SYMBOL@_result result;
    int32_t different = 0;

    @SYMBOL@_reset(context);
    if (@SYMBOL@_feed(context, &samples, &count) != 1) {
        return 1;
    }
    different |= ae_fnv(@SYMBOL@_features(context), @UPPER@_FRONTEND_FEATURE_BYTES) !=
                 golden->features_hash;
    @SYMBOL@_classify(context, &result);
    for (int32_t i = 0; i < @UPPER@_CLASSES; i++) {
        different |= result.scores[i] != golden->scores[i];
    }
    return different;
}

int32_t @SYMBOL@_selftest(@SYMBOL@_context *context)
{
    for (int32_t i = 0; i < @UPPER@_GOLDEN_VECTORS; i++) {
        if (differs(context, &@SYMBOL@_golden_vectors[i])) {
            return i + 1;
        }
    }
    return 0;
}
