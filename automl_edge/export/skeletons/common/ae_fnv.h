/* SPDX-License-Identifier: 0BSD */
/* FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
#ifndef AE_FNV_H
#define AE_FNV_H

#include <stdint.h>

static inline uint32_t ae_fnv(const int8_t *bytes, uint32_t count)
{
    uint32_t hash = 2166136261u;

    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
    }
    return hash;
}

#endif
