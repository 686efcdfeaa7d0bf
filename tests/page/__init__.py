"""The console's page in a real browser, on the real API and the real workflow in this process."""
