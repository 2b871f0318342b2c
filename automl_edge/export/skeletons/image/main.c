/* SPDX-License-Identifier: 0BSD */
/* Classifies a stored photo. */
#include <stdio.h>

#include "@SYMBOL@.h"
#include "@SYMBOL@_golden.h"

static @SYMBOL@_context context;

int main(void)
{
    @SYMBOL@_result result;

    if (@SYMBOL@_classify(&context, &@SYMBOL@_golden_vectors[0].frame, &result) != 0) {
        printf("this frame cannot be classified\n");
        return 1;
    }
    for (int i = 0; i < @UPPER@_CLASSES; i++) {
        printf("  %-20s %4d\n", @SYMBOL@_labels[i], result.scores[i]);
    }
    printf("%s%s\n", result.text, result.unsure ? " (unsure)" : "");
    return 0;
}
