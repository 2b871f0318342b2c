/* SPDX-License-Identifier: 0BSD */
/*
 * Runs one generated network on the inputs from standard input, for sanitizers: the input,
 * the arena and nothing else lie on the heap, each exactly as large as it says.
 * NET_HEADER, NET_RUN, ARENA_BYTES, INPUT_BYTES, OUTPUT_OFFSET and OUTPUT_BYTES are given on
 * the command line.
 */
#include <stdio.h>
#include <stdlib.h>

#include NET_HEADER

int main(void)
{
    int8_t *input = malloc(INPUT_BYTES);
    int8_t *arena = malloc(ARENA_BYTES);

    if (input == NULL || arena == NULL) {
        return 1;
    }
    while (fread(input, 1, INPUT_BYTES, stdin) == INPUT_BYTES) {
        NET_RUN(input, arena);
        fwrite(arena + OUTPUT_OFFSET, 1, OUTPUT_BYTES, stdout);
    }
    free(input);
    free(arena);
    return 0;
}
