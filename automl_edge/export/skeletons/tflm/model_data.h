/* SPDX-License-Identifier: 0BSD */
/* @SYMBOL@ for TensorFlow Lite Micro. @MADE_BY@
 *
 * Operators to register with a MicroMutableOpResolver<@OP_COUNT@>:
@OPS@
 *
 * @UPPER@_TENSOR_ARENA_BYTES is what TFLM needs on a 64-bit host, a little less on a chip.
 */
#ifndef @UPPER@_MODEL_DATA_H
#define @UPPER@_MODEL_DATA_H

#ifdef __cplusplus
extern "C" {
#endif

#define @UPPER@_MODEL_DATA_BYTES @MODEL_BYTES@
#define @UPPER@_TENSOR_ARENA_BYTES @ARENA_BYTES@ /* 0: not known */

/* The .tflite file, 16-byte aligned as TFLM wants it. */
extern const unsigned char @SYMBOL@_model_data[@UPPER@_MODEL_DATA_BYTES];

#ifdef __cplusplus
}
#endif

#endif
