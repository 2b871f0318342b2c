/* SPDX-License-Identifier: 0BSD */
/* Runs a bare network once and writes how many SysTick ticks that took, in hexadecimal.
 *
 * With `-icount shift=0` QEMU lets one nanosecond pass for each instruction; SysTick of this
 * machine runs at 25 MHz, so a tick is forty instructions. Zeroed RAM is QEMU's own doing. */
#include MODEL_HEADER

extern const int8_t firmware_samples[];
extern uint32_t firmware_stack_top[];

static MODEL(context) context;
static char text[16];

int main(void);
void firmware_reset(void);

/* SysTick, Armv7-M Architecture Reference Manual (DDI 0403), B3.3. */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} entry;

__attribute__((section(".vectors"), used)) static const entry vectors[16] = {
    {.stack = firmware_stack_top},
    {.handler = firmware_reset},
};

/* Semihosting for AArch32 (Arm IHI 0040): operation in r0, argument in r1. */
static void ask_host(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

int main(void)
{
    const char *const digits = "0123456789abcdef";
    const uint32_t exit_fine[2] = {0x20026u, 0u}; /* ADP_Stopped_ApplicationExit */
    uint32_t before, ticks;

    for (int32_t i = 0; i < INPUT_BYTES; i++) {
        MODEL(input)(&context)[i] = firmware_samples[i];
    }
    SYST_RVR = 0xFFFFFFu;
    SYST_CVR = 0u;
    SYST_CSR = 5u; /* enabled, processor clock, no interrupt */
    before = SYST_CVR;
    MODEL(invoke)(&context);
    ticks = (before - SYST_CVR) & 0xFFFFFFu;
    for (int32_t i = 0; i < 8; i++) {
        text[i] = digits[ticks >> (28 - 4 * i) & 15u];
    }
    text[8] = '\n';
    ask_host(0x04u, text);      /* SYS_WRITE0 */
    ask_host(0x20u, exit_fine); /* SYS_EXIT_EXTENDED */
    return 0;
}

void firmware_reset(void)
{
    *(volatile uint32_t *)0xE000ED88u |= 0xF00000u; /* CPACR: full access to the FPU */
    (void)main();
    for (;;) {
    }
}
