/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@.h"

#include "@SYMBOL@_net.h"
#include "ae_answer.h"

typedef char @SYMBOL@_work_is_large_enough
    [sizeof(((@SYMBOL@_context *)0)->work) >= @UPPER@_ARENA_BYTES ? 1 : -1];
typedef char @SYMBOL@_context_has_the_stated_size
    [sizeof(@SYMBOL@_context) == @UPPER@_CONTEXT_BYTES ? 1 : -1];

const char *const @SYMBOL@_labels[@UPPER@_CLASSES] = {
@LABELS@
};

int32_t @SYMBOL@_classify(@SYMBOL@_context *context, const @SYMBOL@_frame *frame,
                          @SYMBOL@_result *result)
{
    if (@SYMBOL@_prepare(context, frame) != 0) {
        return 1;
    }
    @SYMBOL@_infer(context, result);
    return 0;
}

int32_t @SYMBOL@_prepare(@SYMBOL@_context *context, const @SYMBOL@_frame *frame)
{
    return @SYMBOL@_frontend_image(frame, (int8_t *)context->work + @UPPER@_INPUT_OFFSET);
}

void @SYMBOL@_infer(@SYMBOL@_context *context, @SYMBOL@_result *result)
{
    const int8_t *scores = (const int8_t *)context->work + @UPPER@_OUTPUT_OFFSET;
    int32_t best; /* wider than a score: a threshold of -128 is never reached */

    @SYMBOL@_net_run(@SYMBOL@_features(context), context->work);
    result->label = AE_NAME(best_score)(scores, @UPPER@_CLASSES, result->scores);
    best = result->scores[result->label];
    result->unsure = best < @UPPER@_THRESHOLD;
    result->text = @SYMBOL@_labels[result->label];
}

const int8_t *@SYMBOL@_features(const @SYMBOL@_context *context)
{
    return (const int8_t *)context->work + @UPPER@_INPUT_OFFSET;
}
