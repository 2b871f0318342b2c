"""Building C and measuring what it costs on the chip."""
