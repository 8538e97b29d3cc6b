"""Steps in time: their control, what drives them, and how far they are."""
