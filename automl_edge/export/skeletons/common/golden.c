/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@_golden.h"

@ARRAYS@

const @SYMBOL@_golden @SYMBOL@_golden_vectors[@UPPER@_GOLDEN_VECTORS] = {
@ROWS@
};
