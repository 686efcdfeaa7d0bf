"""Tests of what an investigation gathers."""
