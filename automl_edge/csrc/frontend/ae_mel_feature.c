/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

#include "ae_signal.h"

/* Bits to drop so that the largest part of the band's bins fits 15 bits and a sign: its
 * square and the sum of two squares then fit 31. */
static int32_t excess_bits(const int32_t *parts, uint32_t count)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; i < count; i++) {
        seen |= (uint32_t)(parts[i] ^ (parts[i] >> 31));
    }
    int32_t excess = 0;
    while (seen >> 15) {
        seen >>= 1;
        excess++;
    }
    return excess;
}

int8_t AE_NAME(mel_feature)(const ae_mel_band *band, const uint16_t *weights,
                            const int32_t *spectrum)
{
    const int32_t *parts = spectrum + 2 * (uint32_t)band->first;
    int32_t excess = excess_bits(parts, 2 * (uint32_t)band->bins);
    uint32_t energy = 0;
    for (uint32_t i = 0; i < band->bins; i++) {
        int32_t real = parts[2 * i] >> excess;
        int32_t imaginary = parts[2 * i + 1] >> excess;
        uint32_t power = (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary);
        uint32_t weight = weights[i];
        energy += (power >> 16) * weight + (((power & 0xffff) * weight) >> 16);
    }
    if (energy == 0) {
        return -128;
    }
    int32_t level = AE_NAME(log2_q16)(energy) + 2 * excess * 65536 + band->offset * 256;
    return ae_clamp_to_int8((level + 0x1000) >> 13);
}
