/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@_selftest.h"

#include "@SYMBOL@_golden.h"
#include "ae_fnv.h"

static int32_t differs(@SYMBOL@_context *context, const @SYMBOL@_golden *golden)
{
    int8_t *input = @SYMBOL@_input(context);

    for (int32_t i = 0; i < @UPPER@_INPUT_SIZE; i++) {
        input[i] = golden->input[i];
    }
    @SYMBOL@_invoke(context);
    return ae_fnv(@SYMBOL@_output(context), @UPPER@_OUTPUT_SIZE) != golden->output_hash;
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
