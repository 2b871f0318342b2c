/* SPDX-License-Identifier: 0BSD */
/* @SYMBOL@ @SUMMARY@
 *
 *     static @SYMBOL@_context context;      about @CONTEXT_KIB@ KiB, yours to place
 *     @SYMBOL@_reset(&context);             once
 *     while (@SYMBOL@_feed(&context, &samples, &count)) {
 *         @SYMBOL@_classify(&context, &result);
 *     }
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

/* All memory that the library needs; it has no other. */
typedef struct {
    int32_t work[@WORK_WORDS@];
    @SYMBOL@_frontend frontend;
} @SYMBOL@_context;

typedef struct {
    int32_t label;    /* index of the best class */
    int32_t unsure;   /* 1: no class is likely enough to act on */
    const char *text; /* name of the best class, UTF-8 */
    int8_t scores[@UPPER@_CLASSES];
} @SYMBOL@_result;

extern const char *const @SYMBOL@_labels[@UPPER@_CLASSES];

/* Forgets everything that was fed; call it once before anything else. */
void @SYMBOL@_reset(@SYMBOL@_context *context);

/* Takes @INPUT_WORDS@, moves `*samples` and `*count` past them.
 * Returns 1 when a window is complete, which @SYMBOL@_classify then answers, and 0 when all
 * are taken. Windows overlap: the next one is complete @UPPER@_FRONTEND_STRIDE rows later. */
int32_t @SYMBOL@_feed(@SYMBOL@_context *context, const int16_t **samples, uint32_t *count);

/* Classifies the window that was completed last. */
void @SYMBOL@_classify(@SYMBOL@_context *context, @SYMBOL@_result *result);

/* What the network reads: @UPPER@_FRONTEND_FEATURE_BYTES features of the current window. */
const int8_t *@SYMBOL@_features(const @SYMBOL@_context *context);

#ifdef __cplusplus
}
#endif

#endif
