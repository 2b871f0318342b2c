/* SPDX-License-Identifier: 0BSD */
#include "@symbol@_frontend.h"

static const uint16_t hann[@HANN_LENGTH@] = {
@HANN@
};

static const int16_t sine[@FFT@] = {
@SINE@
};

static const ae_mel_band bands[@COLUMNS@] = {
@BANDS@
};

static const uint16_t weights[@WEIGHTS_LENGTH@] = {
@WEIGHTS@
};

static const ae_logmel_config config = {
    hann, sine, bands, weights, {@ROWS@, @COLUMNS@, @SYMBOL@_FRONTEND_STRIDE}, @WINDOW@, @HOP@, @FFT_LOG2@,
};

typedef char state_has_the_stated_size
    [sizeof(@symbol@_frontend) == @SYMBOL@_FRONTEND_STATE_BYTES ? 1 : -1];

void @symbol@_frontend_reset(@symbol@_frontend *frontend)
{
    AE_NAME(logmel_reset)(&frontend->state);
}

uint32_t @symbol@_frontend_feed(@symbol@_frontend *frontend, void *scratch,
                                const int16_t *samples, uint32_t count)
{
    const ae_logmel_buffers buffers = {frontend->history, frontend->features, scratch};
    return AE_NAME(logmel_feed)(&config, &frontend->state, &buffers, samples, count);
}

int @symbol@_frontend_ready(const @symbol@_frontend *frontend)
{
    return (int)frontend->state.rows.complete;
}

const int8_t *@symbol@_frontend_features(const @symbol@_frontend *frontend)
{
    return frontend->features;
}
