/* SPDX-License-Identifier: 0BSD */
/* Reset code of the smallest firmware for a Cortex-M: vector table, .data, .bss, main.
 *
 * The loops go through volatile pointers so that no compiler turns them into calls of
 * memcpy and memset: those then count for the model that needs them, not for the empty
 * firmware that it is compared with. */
#include <stdint.h>

extern uint32_t firmware_stack_top[];
extern const uint32_t firmware_data_load[];
extern uint32_t firmware_data_start[], firmware_data_end[];
extern uint32_t firmware_bss_start[], firmware_bss_end[];

int main(void);
void firmware_reset(void);
void firmware_halt(void);

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} firmware_vector;

/* Armv6-M, v7-M and v8-M architecture manuals: initial stack pointer, then the handlers of
 * exceptions 1 (reset) to 15 (SysTick). */
__attribute__((section(".vectors"), used)) static const firmware_vector vectors[16] = {
    {.stack = firmware_stack_top},  {.handler = firmware_reset}, {.handler = firmware_halt},
    {.handler = firmware_halt},     {.handler = firmware_halt},  {.handler = firmware_halt},
    {.handler = firmware_halt},     {.handler = firmware_halt},  {.handler = firmware_halt},
    {.handler = firmware_halt},     {.handler = firmware_halt},  {.handler = firmware_halt},
    {.handler = firmware_halt},     {.handler = firmware_halt},  {.handler = firmware_halt},
    {.handler = firmware_halt},
};

void firmware_halt(void) {
  for (;;) {
  }
}

void firmware_reset(void) {
  const volatile uint32_t *from = firmware_data_load;
#ifdef __ARM_FP
  /* Coprocessor Access Control Register: full access to CP10 and CP11, the FPU. */
  *(volatile uint32_t *)0xE000ED88u |= 0xF00000u;
#endif
  for (volatile uint32_t *to = firmware_data_start; to != firmware_data_end; ++to) {
    *to = *from++;
  }
  for (volatile uint32_t *to = firmware_bss_start; to != firmware_bss_end; ++to) {
    *to = 0;
  }
  (void)main();
  firmware_halt();
}
