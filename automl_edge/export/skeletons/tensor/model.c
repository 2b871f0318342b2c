/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@.h"

#include "@SYMBOL@_net.h"

typedef char @SYMBOL@_work_is_large_enough
    [sizeof(((@SYMBOL@_context *)0)->work) >= @UPPER@_ARENA_BYTES ? 1 : -1];
typedef char @SYMBOL@_context_has_the_stated_size
    [sizeof(@SYMBOL@_context) == @UPPER@_CONTEXT_BYTES ? 1 : -1];

int8_t *@SYMBOL@_input(@SYMBOL@_context *context)
{
    return (int8_t *)context->work + @UPPER@_INPUT_OFFSET;
}

void @SYMBOL@_invoke(@SYMBOL@_context *context)
{
    @SYMBOL@_net_run(@SYMBOL@_input(context), context->work);
}

const int8_t *@SYMBOL@_output(const @SYMBOL@_context *context)
{
    return (const int8_t *)context->work + @UPPER@_OUTPUT_OFFSET;
}
