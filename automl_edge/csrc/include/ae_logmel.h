/* SPDX-License-Identifier: 0BSD */
/* Log-mel spectrogram of 16-bit mono sound, sample by sample as it arrives.
 *
 * Each frame: Hann window, real FFT, power, mel filters (Slaney's triangles, each of unit
 * area), logarithm. A feature is 8 steps for every doubling of power, one step being
 * 10 * log10(2) / 8 = 0.376 dB. With the samples taken as fractions of full scale,
 *
 *   feature = 8 * log2(mel power / R) + 96, rounded and limited to -128 .. 127
 *   R = (sum of the squared window) / (Hz between two FFT bins)
 *
 * where R is what white noise of variance 1 gives in every band. The range is thus
 * 84.3 dB below R to 11.7 dB above it; silence is -128. Integers only: bands down to 60 dB
 * below the mean level of their frame are within one step of the same in floating point. */
#ifndef AE_LOGMEL_H
#define AE_LOGMEL_H

#include <stdint.h>

#include "ae_prefix.h"
#include "ae_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One mel filter: `bins` weights for the FFT bins from `first` on; their sum is at most
 * 65535. `offset` brings the logarithm to the feature's scale (log2, 8 fractional bits). */
typedef struct {
    uint16_t first;
    uint16_t bins;
    int16_t offset;
} ae_mel_band;

typedef struct {
    const uint16_t *hann;     /* first half of the window, 15 fractional bits, window / 2 + 1 */
    const int16_t *sine;      /* sin(2 pi k / fft), 15 fractional bits, fft entries */
    const ae_mel_band *bands; /* rows.row_bytes entries */
    const uint16_t *weights;  /* of all bands, one after the other */
    ae_rows_config rows;      /* frames of a clip and mel bins */
    uint16_t window;          /* samples, 32 to 2048 */
    uint16_t hop;             /* samples from one frame to the next, at least 1 */
    uint16_t fft_log2;        /* FFT length is 2^fft_log2, at least `window` */
} ae_logmel_config;

typedef struct {
    uint32_t skip;      /* samples to drop before the next frame (hop longer than window) */
    uint32_t collected; /* samples in `history` */
    ae_rows_state rows;
} ae_logmel_state;

/* The caller's memory. `scratch` holds nothing between calls: the network's arena serves. */
typedef struct {
    int16_t *history; /* `window` samples, kept between calls */
    int8_t *features; /* rows.rows * rows.row_bytes, kept between calls */
    int32_t *scratch; /* 2^fft_log2 words */
} ae_logmel_buffers;

/* Forget everything heard so far. */
void AE_NAME(logmel_reset)(ae_logmel_state *state);

/* Take up to `count` samples and return how many were taken: all of them, or fewer when
 * a window of features was completed by the last one taken (state->rows.complete is 1). */
uint32_t AE_NAME(logmel_feed)(const ae_logmel_config *config, ae_logmel_state *state,
                              const ae_logmel_buffers *buffers, const int16_t *samples,
                              uint32_t count);

/* One frame: `window` samples in `samples` to `rows.row_bytes` features in `row`. */
void AE_NAME(logmel_frame)(const ae_logmel_config *config, const int16_t *samples,
                           int32_t *scratch, int8_t *row);

/* Spectrum of length = 2^log2_length real samples (at least 16), in place: on return
 * data[2k] and data[2k + 1] are twice the real and imaginary part of bin k, for
 * 0 < k < length / 2. Nothing is scaled down: the sum of all |samples| must be at most 2^29.
 * `sine` is that of ae_logmel_config. */
void AE_NAME(fft_real)(int32_t *data, const int16_t *sine, uint16_t log2_length);

/* One feature from a spectrum as AE_NAME(fft_real) leaves it; `weights` are the band's own. */
int8_t AE_NAME(mel_feature)(const ae_mel_band *band, const uint16_t *weights,
                            const int32_t *spectrum);

/* log2(value) with 16 fractional bits for value >= 1; error below 2^-12. */
int32_t AE_NAME(log2_q16)(uint32_t value);

#ifdef __cplusplus
}
#endif

#endif
