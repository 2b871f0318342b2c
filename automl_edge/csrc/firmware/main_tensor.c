/* SPDX-License-Identifier: 0BSD */
/* A firmware that does nothing but run the network on what lies in its input tensor. */
#include MODEL_HEADER

extern const int8_t firmware_samples[];
extern volatile int32_t firmware_answer;

static MODEL(context) context;

int main(void);

int main(void)
{
    for (;;) {
        MODEL(input)(&context)[0] = firmware_samples[0];
        MODEL(invoke)(&context);
        firmware_answer = MODEL(output)(&context)[0];
    }
}
