/* SPDX-License-Identifier: 0BSD */
#include "@symbol@_frontend.h"

static const ae_image_config config = {@COLUMNS@, @ROWS@, @CHANNELS@, @BILINEAR@};

int @symbol@_frontend_image(const ae_image_frame *frame, int8_t *features)
{
    return AE_NAME(image_resize)(&config, frame, features);
}
