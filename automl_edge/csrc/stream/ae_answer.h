/* SPDX-License-Identifier: 0BSD */
/* From the network's scores to an answer. */
#ifndef AE_ANSWER_H
#define AE_ANSWER_H

#include <stdint.h>

#include "ae_prefix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Copies `count` scores, at least one, and returns the index of the largest: the first one
 * where several are equal. */
int32_t AE_NAME(best_score)(const int8_t *scores, int32_t count, int8_t *copy);

#ifdef __cplusplus
}
#endif

#endif
