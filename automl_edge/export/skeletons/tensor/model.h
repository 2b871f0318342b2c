/* SPDX-License-Identifier: 0BSD */
/* @SYMBOL@ @SUMMARY@
 *
 *     static @SYMBOL@_context context;      about @CONTEXT_KIB@ KiB, yours to place
 *     int8_t *input = @SYMBOL@_input(&context);
 *     ... write @UPPER@_INPUT_SIZE values; they do not outlive the next line ...
 *     @SYMBOL@_invoke(&context);
 *     const int8_t *output = @SYMBOL@_output(&context);
 *
 * @MADE_BY@
 */
#ifndef @UPPER@_H
#define @UPPER@_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A value of the model is (int8 - zero point) * scale. */
#define @UPPER@_INPUT_SIZE @INPUT_SIZE@ /* @INPUT_SHAPE@ */
#define @UPPER@_INPUT_SCALE @INPUT_SCALE@
#define @UPPER@_INPUT_ZERO_POINT (@INPUT_ZERO_POINT@)
#define @UPPER@_OUTPUT_SIZE @OUTPUT_SIZE@ /* @OUTPUT_SHAPE@ */
#define @UPPER@_OUTPUT_SCALE @SCORE_SCALE@
#define @UPPER@_OUTPUT_ZERO_POINT (@SCORE_ZERO_POINT@)
#define @UPPER@_CONTEXT_BYTES @CONTEXT_BYTES@

/* All memory that the library needs; it has no other. */
typedef struct {
    int32_t work[@WORK_WORDS@];
} @SYMBOL@_context;

/* Where to write the input, each time before invoke, which overwrites it. */
int8_t *@SYMBOL@_input(@SYMBOL@_context *context);

/* Runs the network. */
void @SYMBOL@_invoke(@SYMBOL@_context *context);

/* The output, until the input is written again. */
const int8_t *@SYMBOL@_output(const @SYMBOL@_context *context);

#ifdef __cplusplus
}
#endif

#endif
