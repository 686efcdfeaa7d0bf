"""Tests of the HTTP API of the console."""
