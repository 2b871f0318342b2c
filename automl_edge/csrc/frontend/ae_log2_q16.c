/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

/* round(65536 * log2(1 + i / 32)); the last entry, 65536, is kept as 65535. */
static const uint16_t fractions[33] = {
    0, 2909, 5732, 8473, 11136, 13727, 16248, 18704, 21098, 23433, 25711,
    27936, 30109, 32234, 34312, 36346, 38336, 40286, 42196, 44068, 45904, 47705,
    49472, 51207, 52911, 54584, 56229, 57845, 59434, 60997, 62534, 64047, 65535,
};

int32_t AE_NAME(log2_q16)(uint32_t value)
{
    int32_t exponent = 31;
    for (uint32_t step = 16; step > 0; step >>= 1) {
        if (value < (uint32_t)1 << (32 - step)) {
            value <<= step;
            exponent -= (int32_t)step;
        }
    }
    uint32_t index = (value >> 26) & 31;
    uint32_t within = (value >> 10) & 0xffff;
    uint32_t low = fractions[index];
    uint32_t rise = fractions[index + 1] - low;
    return exponent * 65536 + (int32_t)(low + ((rise * within + 0x8000) >> 16));
}
