/* SPDX-License-Identifier: 0BSD */
/* The self-test as a program: exit status 0 when it passes, else 1. */
#include "@SYMBOL@_selftest.h"

static @SYMBOL@_context context;

int main(void)
{
    return @SYMBOL@_selftest(&context) != 0;
}
