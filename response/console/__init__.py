"""The HTTP API on which incidents are read and decided."""
