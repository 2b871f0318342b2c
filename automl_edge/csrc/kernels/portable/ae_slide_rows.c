/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* Three inputs, one below the other. */
struct column {
    int32_t inputs[3];
};

static struct column next_column(struct ae_slide *slide)
{
    struct column column;

    for (int32_t i = 0; i < 3; i++) {
        column.inputs[i] = *slide->rows[i];
        slide->rows[i] += slide->step;
    }
    return column;
}

/* Products with the weights from `weights` on. */
static uint32_t products(const int32_t *weights, struct column column)
{
    uint32_t sum = 0;

    for (int32_t i = 0; i < 3; i++) {
        sum += (uint32_t)(weights[3 * i] * column.inputs[i]);
    }
    return sum;
}

static void put(struct ae_slide *slide, uint32_t sum)
{
    *slide->out = ae_tiled_result((int32_t)(sum + (uint32_t)slide->channel[0]), slide->channel,
                                  slide->output_zero, slide->low, slide->high);
    slide->out += slide->step;
}

static void one_row(struct ae_slide *slide)
{
    const int32_t *const w = slide->weights;
    const int8_t *const end = slide->out + slide->inside;
    uint32_t left = (uint32_t)slide->left;
    struct column centre = {{0, 0, 0}};

    if (!slide->pad_left) {
        left = products(w, next_column(slide));
    }
    if (slide->stride == 1) {
        centre = next_column(slide);
    }
    while (slide->out != end) {
        struct column right;

        if (slide->stride == 2) {
            centre = next_column(slide);
        }
        right = next_column(slide);
        put(slide, left + products(w + 1, centre) + products(w + 2, right));
        left = products(w, slide->stride == 1 ? centre : right);
        centre = right;
    }
    if (slide->pad_right) {
        if (slide->stride == 2) {
            centre = next_column(slide);
        }
        put(slide, left + products(w + 1, centre) + (uint32_t)slide->right);
    }
}

void AE_NAME(slide_rows)(struct ae_slide *slide)
{
    for (; slide->count > 0; slide->count--) {
        one_row(slide);
        for (int32_t i = 0; i < 3; i++) {
            slide->rows[i] += slide->skip;
        }
    }
}
