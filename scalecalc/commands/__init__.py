"""One file per command: its Inputs, its Result, and the one function between them."""
