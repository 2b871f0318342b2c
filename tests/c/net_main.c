/* SPDX-License-Identifier: 0BSD */
/*
 * Runs one generated network on the inputs from standard input, for sanitizers: the input
 * and the arena lie on the heap, each exactly as large as it says. NET_HEADER, NET_RUN,
 * ARENA_BYTES, INPUT_BYTES, INPUT_OFFSET, OUTPUT_OFFSET and OUTPUT_BYTES are given on the
 * command line; NET_RUN is run_in_arena where the network wants its input in the arena.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include NET_HEADER

void run_in_arena(const int8_t *input, int8_t *arena);

void run_in_arena(const int8_t *input, int8_t *arena)
{
    memcpy(arena + INPUT_OFFSET, input, INPUT_BYTES);
    net_net_run(arena + INPUT_OFFSET, arena);
}

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
