/* SPDX-License-Identifier: 0BSD */
/* Reset code of the smallest firmware for a 32-bit RISC-V: stack pointer, .data, .bss, main.
 *
 * As for the Cortex-M, the loops must not become calls of memcpy and memset. */
#include <stdint.h>

extern const uint32_t firmware_data_load[];
extern uint32_t firmware_data_start[], firmware_data_end[];
extern uint32_t firmware_bss_start[], firmware_bss_end[];

int main(void);
void firmware_reset(void);
void firmware_start(void);

__attribute__((naked, used, section(".vectors"))) void firmware_reset(void) {
  __asm__ volatile("la sp, firmware_stack_top\n\tj firmware_start");
}

__attribute__((used)) void firmware_start(void) {
  const volatile uint32_t *from = firmware_data_load;
  for (volatile uint32_t *to = firmware_data_start; to != firmware_data_end; ++to) {
    *to = *from++;
  }
  for (volatile uint32_t *to = firmware_bss_start; to != firmware_bss_end; ++to) {
    *to = 0;
  }
  (void)main();
  for (;;) {
  }
}
