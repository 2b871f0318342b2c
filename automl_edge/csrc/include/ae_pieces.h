/* SPDX-License-Identifier: 0BSD */
/* A convolution piece by piece, and the sum of each with another tensor. */
#ifndef AE_PIECES_H
#define AE_PIECES_H

#include <stdint.h>

#include "ae_kernels.h"

/* Make `piece`, a copy of `whole`, that part of its output which begins at (y, x). */
static inline void ae_piece_at(struct ae_window *piece, const struct ae_window *whole,
                               const struct ae_pieces *pieces, int32_t y, int32_t x)
{
    const int32_t left = whole->out_height - y;

    piece->out_height = (int16_t)(left < pieces->rows ? left : pieces->rows);
    piece->out_width = pieces->columns;
    piece->pad_top = (int16_t)(whole->pad_top - y * whole->stride_height);
    piece->pad_left = (int16_t)(whole->pad_left - x * whole->stride_width);
}

/* Add `rows` rows of a piece; how many bytes they are. */
static inline int32_t ae_add_piece(const struct ae_pieces *pieces, int32_t rows,
                                   const int8_t *piece, const int8_t *other, int8_t *out)
{
    const int32_t row = pieces->add.shape.size[3];

    for (int32_t r = 0; r < rows; r++) {
        AE_NAME(add)(&pieces->add, piece + r * row, other + r * row, out + r * row);
    }
    return rows * row;
}

#endif
