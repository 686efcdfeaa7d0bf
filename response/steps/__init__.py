"""One module per step of the workflow; adapters and clock are handed in."""
