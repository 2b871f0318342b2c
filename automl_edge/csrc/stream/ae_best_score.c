/* SPDX-License-Identifier: 0BSD */
#include "ae_answer.h"

int32_t AE_NAME(best_score)(const int8_t *scores, int32_t count, int8_t *copy)
{
    int32_t best = 0;

    for (int32_t i = 0; i < count; i++) {
        copy[i] = scores[i];
        if (scores[i] > scores[best]) {
            best = i;
        }
    }
    return best;
}
