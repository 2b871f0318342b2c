/* SPDX-License-Identifier: 0BSD */
/* Front end of @symbol@: windows of motion rows at @RATE@ Hz, fed as they arrive.
 *
 *   @symbol@_frontend_reset(&frontend);
 *   while (rows > 0) {
 *       uint32_t taken = @symbol@_frontend_feed(&frontend, scratch, counts, rows);
 *       counts += taken * @SYMBOL@_FRONTEND_COLUMNS;
 *       rows -= taken;
 *       if (@symbol@_frontend_ready(&frontend)) {
 *           ... run the network on @symbol@_frontend_features(&frontend) ...
 *       }
 *   }
 */
#ifndef @SYMBOL@_FRONTEND_H
#define @SYMBOL@_FRONTEND_H

#include <stdint.h>

#include "ae_motion.h"

#ifdef __cplusplus
extern "C" {
#endif

#define @SYMBOL@_FRONTEND_ROWS @ROWS@  /* that one answer is about */
#define @SYMBOL@_FRONTEND_COLUMNS @COLUMNS@  /* axes */
#define @SYMBOL@_FRONTEND_FEATURE_BYTES @FEATURE_BYTES@
#define @SYMBOL@_FRONTEND_STATE_BYTES @STATE_BYTES@
#define @SYMBOL@_FRONTEND_SCRATCH_BYTES @SCRATCH_BYTES@
#ifndef @SYMBOL@_FRONTEND_STRIDE
#define @SYMBOL@_FRONTEND_STRIDE @STRIDE@  /* rows from one complete window to the next */
#endif

/* Kept by the caller between calls. */
typedef struct {
    ae_motion_state state;
    int8_t features[@FEATURE_BYTES@];
} @symbol@_frontend;

/* Forget all rows. */
void @symbol@_frontend_reset(@symbol@_frontend *frontend);

/* Take up to `count` rows of COLUMNS 16-bit counts; returns how many rows were taken, fewer
 * than `count` only when the last one completed a window. `scratch` is not used. */
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
