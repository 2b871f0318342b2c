/* SPDX-License-Identifier: 0BSD */
/* Classifies a recorded sample, handed over piece by piece as a sensor would deliver it. */
#include <stdio.h>

#include "@SYMBOL@.h"
#include "@SYMBOL@_golden.h"

static @SYMBOL@_context context;

static void show(const @SYMBOL@_result *result)
{
    for (int i = 0; i < @UPPER@_CLASSES; i++) {
        printf("  %-20s %4d\n", @SYMBOL@_labels[i], result->scores[i]);
    }
    printf("%s%s\n", result->text, result->unsure ? " (unsure)" : "");
}

int main(void)
{
    const @SYMBOL@_golden *golden = &@SYMBOL@_golden_vectors[0];
    @SYMBOL@_result result;

    @SYMBOL@_reset(&context);
    for (uint32_t at = 0; at < golden->count; at += 64) {
        const int16_t *samples = golden->samples + at * @VALUES@;
        uint32_t count = golden->count - at < 64 ? golden->count - at : 64;

        while (@SYMBOL@_feed(&context, &samples, &count)) {
            @SYMBOL@_classify(&context, &result);
            show(&result);
        }
    }
    return 0;
}
