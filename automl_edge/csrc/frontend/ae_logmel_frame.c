/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

#include "ae_signal.h"

/* Windowed samples with zeros after them.
 *
 * Fractional bits are as many as AE_NAME(fft_real) has room for: the Hann window sums to
 * half its length, so the sum of all |data| is at most 2^15 * (2^fft_log2 / 2) * 2^bits,
 * which is 2^29 for bits = 15 - fft_log2. */
static void apply_window(const ae_logmel_config *config, const int16_t *samples, int32_t *data)
{
    uint32_t window = config->window;
    uint32_t dropped = config->fft_log2;
    int32_t half = (int32_t)1 << (dropped - 1);
    uint32_t n = 0;
    for (; 2 * n <= window; n++) {
        data[n] = (samples[n] * (int32_t)config->hann[n] + half) >> dropped;
    }
    for (; n < window; n++) {
        data[n] = (samples[n] * (int32_t)config->hann[window - n] + half) >> dropped;
    }
    for (; n < (uint32_t)1 << config->fft_log2; n++) {
        data[n] = 0;
    }
}

void AE_NAME(logmel_frame)(const ae_logmel_config *config, const int16_t *samples,
                           int32_t *scratch, int8_t *row)
{
    const uint16_t *weights = config->weights;
    apply_window(config, samples, scratch);
    AE_NAME(fft_real)(scratch, config->sine, config->fft_log2);
    for (uint32_t i = 0; i < config->rows.row_bytes; i++) {
        row[i] = AE_NAME(mel_feature)(&config->bands[i], weights, scratch);
        weights += config->bands[i].bins;
    }
}
