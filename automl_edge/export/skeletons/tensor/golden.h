/* SPDX-License-Identifier: 0BSD */
/* Inputs, and what TensorFlow Lite Micro computes from them. */
#ifndef @UPPER@_GOLDEN_H
#define @UPPER@_GOLDEN_H

#include "@SYMBOL@.h"

#define @UPPER@_GOLDEN_VECTORS @VECTORS@

typedef struct {
    const int8_t *input;
    uint32_t output_hash; /* FNV-1a of the int8 output */
} @SYMBOL@_golden;

extern const @SYMBOL@_golden @SYMBOL@_golden_vectors[@UPPER@_GOLDEN_VECTORS];

#endif
