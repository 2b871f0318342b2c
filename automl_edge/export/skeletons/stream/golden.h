/* SPDX-License-Identifier: 0BSD */
/* Recorded samples, and what TensorFlow Lite Micro says about them. */
#ifndef @UPPER@_GOLDEN_H
#define @UPPER@_GOLDEN_H

#include "@SYMBOL@.h"

#define @UPPER@_GOLDEN_VECTORS @VECTORS@

typedef struct {
    const int16_t *samples;
    uint32_t count;         /* samples, or rows of axes */
    uint32_t features_hash; /* FNV-1a of the int8 features */
    int8_t scores[@UPPER@_CLASSES];
} @SYMBOL@_golden;

extern const @SYMBOL@_golden @SYMBOL@_golden_vectors[@UPPER@_GOLDEN_VECTORS];

#endif
