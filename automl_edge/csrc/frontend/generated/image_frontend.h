/* SPDX-License-Identifier: 0BSD */
/* Front end of @symbol@: a camera frame cropped and resized to @ROWS@ x @COLUMNS@ x @CHANNELS@.
 *
 *   ae_image_frame frame = {pixels, stride, width, height, AE_IMAGE_RGB565_BE};
 *   if (@symbol@_frontend_image(&frame, features) == 0) {
 *       ... run the network on features ...
 *   }
 */
#ifndef @SYMBOL@_FRONTEND_H
#define @SYMBOL@_FRONTEND_H

#include <stdint.h>

#include "ae_image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define @SYMBOL@_FRONTEND_ROWS @ROWS@
#define @SYMBOL@_FRONTEND_COLUMNS @COLUMNS@
#define @SYMBOL@_FRONTEND_CHANNELS @CHANNELS@
#define @SYMBOL@_FRONTEND_FEATURE_BYTES @FEATURE_BYTES@
#define @SYMBOL@_FRONTEND_STATE_BYTES @STATE_BYTES@
#define @SYMBOL@_FRONTEND_SCRATCH_BYTES @SCRATCH_BYTES@

/* Write FEATURE_BYTES features of `frame` (row by row, channels last). Returns 0, or 1 and
 * writes nothing when the frame's size, stride or format cannot be. */
int @symbol@_frontend_image(const ae_image_frame *frame, int8_t *features);

#ifdef __cplusplus
}
#endif

#endif
