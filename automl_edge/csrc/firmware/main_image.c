/* SPDX-License-Identifier: 0BSD */
/* A firmware that does nothing but classify the frames in a camera's buffer. */
#include MODEL_HEADER

extern const uint8_t firmware_samples[];
extern volatile int32_t firmware_answer;

static MODEL(context) context;

int main(void);

int main(void)
{
    const MODEL(frame) frame = {firmware_samples, 480, 160, 120, AE_IMAGE_RGB888};
    MODEL(result) result;

    for (;;) {
        if (MODEL(classify)(&context, &frame, &result) == 0) {
            firmware_answer = result.label;
        }
    }
}
