/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_pieces.h"

void AE_NAME(conv_2d_paired_add)(const struct ae_conv_2d_paired_add *args, const int8_t *in,
                                 const int8_t *other, int8_t *out, int8_t *scratch)
{
    const struct ae_pieces *pieces = &args->pieces;
    const struct ae_window *whole = &args->conv.window;
    int8_t *const patch = scratch + pieces->rows * pieces->add.shape.size[3];
    struct ae_conv_2d_paired conv = args->conv;

    for (int32_t y = 0; y < whole->out_height; y += pieces->rows) {
        for (int32_t x = 0; x < whole->out_width; x += pieces->columns) {
            int32_t done;

            ae_piece_at(&conv.window, whole, pieces, y, x);
            AE_NAME(conv_2d_paired)(&conv, in, scratch, patch);
            done = ae_add_piece(pieces, conv.window.out_height, scratch, other, out);
            other += done;
            out += done;
        }
    }
}
