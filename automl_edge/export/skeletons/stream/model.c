/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@.h"

#include "@SYMBOL@_net.h"
#include "ae_answer.h"
#include "ae_take.h"

typedef char @SYMBOL@_work_is_large_enough
    [sizeof(((@SYMBOL@_context *)0)->work) >= @UPPER@_ARENA_BYTES &&
             sizeof(((@SYMBOL@_context *)0)->work) >= @UPPER@_FRONTEND_SCRATCH_BYTES
         ? 1
         : -1];
typedef char @SYMBOL@_context_has_the_stated_size
    [sizeof(@SYMBOL@_context) == @UPPER@_CONTEXT_BYTES ? 1 : -1];

const char *const @SYMBOL@_labels[@UPPER@_CLASSES] = {
@LABELS@
};

void @SYMBOL@_reset(@SYMBOL@_context *context)
{
    @SYMBOL@_frontend_reset(&context->frontend);
}

int32_t @SYMBOL@_feed(@SYMBOL@_context *context, const int16_t **samples, uint32_t *count)
{
    const uint32_t taken =
        @SYMBOL@_frontend_feed(&context->frontend, context->work, *samples, *count);

    ae_take(samples, count, taken, @VALUES@);
    return @SYMBOL@_frontend_ready(&context->frontend);
}

void @SYMBOL@_classify(@SYMBOL@_context *context, @SYMBOL@_result *result)
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
    return @SYMBOL@_frontend_features(&context->frontend);
}
