"""The run of ``make demo``, its tables and pictures."""
