/* SPDX-License-Identifier: 0BSD */
/* Many signals in one call, for training. Not part of an exported library. */
#ifndef AE_HOST_BATCH_H
#define AE_HOST_BATCH_H

#include <stdint.h>

#include "ae_image.h"
#include "ae_logmel.h"
#include "ae_motion.h"

/* `clips` signals of `samples` each, one after the other, to `features` one after the
 * other; `history` and `scratch` as in ae_logmel_buffers. */
void AE_NAME(logmel_batch)(const ae_logmel_config *config, int16_t *history, int32_t *scratch,
                           const int16_t *signals, uint32_t clips, uint32_t samples,
                           int8_t *features);

/* `windows` signals of exactly one window each. */
void AE_NAME(motion_batch)(const ae_motion_config *config, const int16_t *signals,
                           uint32_t windows, int8_t *features);

/* What sizeof says: states, configs and frames, in the order of the Python mirror. */
void AE_NAME(host_sizes)(uint32_t sizes[6]);

#endif
