/* SPDX-License-Identifier: 0BSD */
#include "@SYMBOL@_model_data.h"

#if defined(__GNUC__) || defined(__clang__)
__attribute__((aligned(16)))
#endif
const unsigned char @SYMBOL@_model_data[@UPPER@_MODEL_DATA_BYTES] = {
@BYTES@
};
