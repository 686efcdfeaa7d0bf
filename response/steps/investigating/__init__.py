"""What `investigate` gathers, one module for each part; each fails by itself and says what is missing."""
