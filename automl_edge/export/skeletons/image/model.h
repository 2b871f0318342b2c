/* SPDX-License-Identifier: 0BSD */
/* @SYMBOL@ @SUMMARY@
 *
 *     static @SYMBOL@_context context;      about @CONTEXT_KIB@ KiB, yours to place
 *     @SYMBOL@_frame frame = {pixels, stride, width, height, AE_IMAGE_RGB565_BE};
 *     if (@SYMBOL@_classify(&context, &frame, &result) == 0) ...
 *
 * @MADE_BY@
 */
#ifndef @UPPER@_H
#define @UPPER@_H

#include <stdint.h>

#include "@SYMBOL@_frontend.h"

#ifdef __cplusplus
extern "C" {
#endif

#define @UPPER@_CLASSES @CLASSES@
#define @UPPER@_THRESHOLD (@THRESHOLD@) /* a best score below this is "unsure" */
#define @UPPER@_SCORE_SCALE @SCORE_SCALE@ /* a score means (score - zero point) * scale */
#define @UPPER@_SCORE_ZERO_POINT (@SCORE_ZERO_POINT@)
#define @UPPER@_CONTEXT_BYTES @CONTEXT_BYTES@

/* All memory that the library needs; it has no other, and keeps nothing between calls. */
typedef struct {
    int32_t work[@WORK_WORDS@];
} @SYMBOL@_context;

/* A camera's frame: pixels, bytes from row to row, width, height, format. See ae_image.h. */
typedef ae_image_frame @SYMBOL@_frame;

typedef struct {
    int32_t label;    /* index of the best class */
    int32_t unsure;   /* 1: no class is likely enough to act on */
    const char *text; /* name of the best class, UTF-8 */
    int8_t scores[@UPPER@_CLASSES];
} @SYMBOL@_result;

extern const char *const @SYMBOL@_labels[@UPPER@_CLASSES];

/* Classifies a frame: prepare, then infer. Returns 0, or 1 for a frame that cannot be, and
 * then leaves `result` alone. */
int32_t @SYMBOL@_classify(@SYMBOL@_context *context, const @SYMBOL@_frame *frame,
                          @SYMBOL@_result *result);

/* The first half: crops and resizes a frame. Afterwards the frame may be overwritten. */
int32_t @SYMBOL@_prepare(@SYMBOL@_context *context, const @SYMBOL@_frame *frame);

/* The second half: runs the network on what was prepared last. */
void @SYMBOL@_infer(@SYMBOL@_context *context, @SYMBOL@_result *result);

/* What the network reads, between prepare and infer: @UPPER@_FRONTEND_FEATURE_BYTES features. */
const int8_t *@SYMBOL@_features(const @SYMBOL@_context *context);

#ifdef __cplusplus
}
#endif

#endif
