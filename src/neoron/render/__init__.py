"""Values in, text out: a report or plan for the terminal and for the browser; no I/O and no clock."""
