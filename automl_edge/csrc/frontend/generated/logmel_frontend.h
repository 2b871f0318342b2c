/* SPDX-License-Identifier: 0BSD */
/* Front end of @symbol@: log-mel features of @RATE@ Hz sound, fed as it arrives.
 *
 *   @symbol@_frontend_reset(&frontend);
 *   while (count > 0) {
 *       uint32_t taken = @symbol@_frontend_feed(&frontend, scratch, samples, count);
 *       samples += taken;
 *       count -= taken;
 *       if (@symbol@_frontend_ready(&frontend)) {
 *           ... run the network on @symbol@_frontend_features(&frontend) ...
 *       }
 *   }
 */
#ifndef @SYMBOL@_FRONTEND_H
#define @SYMBOL@_FRONTEND_H

#include <stdint.h>

#include "ae_logmel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define @SYMBOL@_FRONTEND_SAMPLE_RATE @RATE@
#define @SYMBOL@_FRONTEND_CLIP_SAMPLES @CLIP@  /* that one answer is about */
#define @SYMBOL@_FRONTEND_HOP_SAMPLES @HOP@  /* from one feature row to the next */
#define @SYMBOL@_FRONTEND_ROWS @ROWS@
#define @SYMBOL@_FRONTEND_COLUMNS @COLUMNS@
#define @SYMBOL@_FRONTEND_FEATURE_BYTES @FEATURE_BYTES@
#define @SYMBOL@_FRONTEND_STATE_BYTES @STATE_BYTES@
#define @SYMBOL@_FRONTEND_SCRATCH_BYTES @SCRATCH_BYTES@
#ifndef @SYMBOL@_FRONTEND_STRIDE
#define @SYMBOL@_FRONTEND_STRIDE @STRIDE@  /* rows from one complete window to the next */
#endif

/* Kept by the caller between calls. */
typedef struct {
    ae_logmel_state state;
    int8_t features[@FEATURE_BYTES@];
    int16_t history[@WINDOW@];
} @symbol@_frontend;

/* Forget everything heard so far. */
void @symbol@_frontend_reset(@symbol@_frontend *frontend);

/* Take up to `count` 16-bit mono samples; returns how many were taken, fewer than `count`
 * only when the last one completed a window. `scratch` is 4-byte aligned, holds
 * @SYMBOL@_FRONTEND_SCRATCH_BYTES and nothing of value between calls (the network's arena
 * serves). */
uint32_t @symbol@_frontend_feed(@symbol@_frontend *frontend, void *scratch,
                                const int16_t *samples, uint32_t count);

/* 1 when the last call of feed ended by completing a window of features, else 0. */
int @symbol@_frontend_ready(const @symbol@_frontend *frontend);

/* The window: ROWS rows of COLUMNS features, the oldest first; 4-byte aligned. */
const int8_t *@symbol@_frontend_features(const @symbol@_frontend *frontend);

#ifdef __cplusplus
}
#endif

#endif
