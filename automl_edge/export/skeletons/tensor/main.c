/* SPDX-License-Identifier: 0BSD */
/* Runs the network on a stored input. */
#include <stdio.h>

#include "@SYMBOL@.h"
#include "@SYMBOL@_golden.h"

static @SYMBOL@_context context;

int main(void)
{
    int8_t *input = @SYMBOL@_input(&context);

    for (int i = 0; i < @UPPER@_INPUT_SIZE; i++) {
        input[i] = @SYMBOL@_golden_vectors[0].input[i];
    }
    @SYMBOL@_invoke(&context);
    for (int i = 0; i < @UPPER@_OUTPUT_SIZE; i++) {
        printf("%d\n", @SYMBOL@_output(&context)[i]);
    }
    return 0;
}
