/* SPDX-License-Identifier: 0BSD */
#include "ae_host_batch.h"

void AE_NAME(logmel_batch)(const ae_logmel_config *config, int16_t *history, int32_t *scratch,
                           const int16_t *signals, uint32_t clips, uint32_t samples,
                           int8_t *features)
{
    uint64_t window_bytes = (uint64_t)config->rows.rows * config->rows.row_bytes;
    for (uint64_t clip = 0; clip < clips; clip++) {
        ae_logmel_buffers buffers = {history, features + clip * window_bytes, scratch};
        ae_logmel_state state;
        AE_NAME(logmel_reset)(&state);
        (void)AE_NAME(logmel_feed)(config, &state, &buffers, signals + clip * samples, samples);
    }
}

void AE_NAME(motion_batch)(const ae_motion_config *config, const int16_t *signals,
                           uint32_t windows, int8_t *features)
{
    uint64_t values = (uint64_t)config->rows.rows * config->rows.row_bytes;
    for (uint64_t window = 0; window < windows; window++) {
        ae_motion_state state;
        AE_NAME(motion_reset)(&state);
        (void)AE_NAME(motion_feed)(config, &state, features + window * values,
                                   signals + window * values, config->rows.rows);
    }
}

void AE_NAME(host_sizes)(uint32_t sizes[6])
{
    sizes[0] = (uint32_t)sizeof(ae_logmel_state);
    sizes[1] = (uint32_t)sizeof(ae_motion_state);
    sizes[2] = (uint32_t)sizeof(ae_logmel_config);
    sizes[3] = (uint32_t)sizeof(ae_motion_config);
    sizes[4] = (uint32_t)sizeof(ae_image_config);
    sizes[5] = (uint32_t)sizeof(ae_image_frame);
}
