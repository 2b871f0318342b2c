/* SPDX-License-Identifier: 0BSD */
/* A firmware that does nothing but classify what a microphone or motion sensor delivers. */
#include MODEL_HEADER

extern const int16_t firmware_samples[];
extern volatile int32_t firmware_answer;

static MODEL(context) context;

int main(void);

int main(void)
{
    const int16_t *samples = firmware_samples;
    MODEL(result) result;

    MODEL(reset)(&context);
    for (;;) {
        uint32_t count = 16; /* a small piece; the next one lies behind it */

        while (MODEL(feed)(&context, &samples, &count)) {
            MODEL(classify)(&context, &result);
            firmware_answer = result.label;
        }
    }
}
