"""What a fit found out, as one value: its JSON with a published schema, and its page."""
