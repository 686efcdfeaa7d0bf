"""The embedded AWS: starting it, deploying into it, attacking it."""
