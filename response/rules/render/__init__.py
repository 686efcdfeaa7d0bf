"""One module per target language; what a target cannot express raises."""
