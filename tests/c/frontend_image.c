/* SPDX-License-Identifier: 0BSD */
/* Pixels on standard input, features on standard output.
 * Arguments: width, height, stride, format. */
#include <stdio.h>
#include <stdlib.h>

#include "m_frontend.h"

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int count, char **arguments)
{
    if (count != 5) {
        return 2;
    }
    ae_image_frame frame = {0};
    frame.width = (uint16_t)number(arguments[1]);
    frame.height = (uint16_t)number(arguments[2]);
    frame.stride = number(arguments[3]);
    frame.format = (ae_image_format)number(arguments[4]);
    size_t bytes = (size_t)frame.stride * frame.height;
    uint8_t *pixels = malloc(bytes);
    int8_t *features = malloc(M_FRONTEND_FEATURE_BYTES);
    frame.pixels = pixels;
    int failed = fread(pixels, 1, bytes, stdin) != bytes || m_frontend_image(&frame, features);
    if (!failed) {
        fwrite(features, 1, M_FRONTEND_FEATURE_BYTES, stdout);
    }
    free(pixels);
    free(features);
    return failed;
}
