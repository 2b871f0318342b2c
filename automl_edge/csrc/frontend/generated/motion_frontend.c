/* SPDX-License-Identifier: 0BSD */
#include "@symbol@_frontend.h"

static const int16_t offsets[@COLUMNS@] = {
@OFFSETS@
};

static const int32_t multipliers[@COLUMNS@] = {
@MULTIPLIERS@
};

static const ae_motion_config config = {
    offsets, multipliers, {@ROWS@, @COLUMNS@, @SYMBOL@_FRONTEND_STRIDE},
};

typedef char state_has_the_stated_size
    [sizeof(@symbol@_frontend) == @SYMBOL@_FRONTEND_STATE_BYTES ? 1 : -1];

void @symbol@_frontend_reset(@symbol@_frontend *frontend)
{
    AE_NAME(motion_reset)(&frontend->state);
}

uint32_t @symbol@_frontend_feed(@symbol@_frontend *frontend, void *scratch,
                                const int16_t *samples, uint32_t count)
{
    (void)scratch;
    return AE_NAME(motion_feed)(&config, &frontend->state, frontend->features, samples, count);
}

int @symbol@_frontend_ready(const @symbol@_frontend *frontend)
{
    return (int)frontend->state.rows.complete;
}

const int8_t *@symbol@_frontend_features(const @symbol@_frontend *frontend)
{
    return frontend->features;
}
