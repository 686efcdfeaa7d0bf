"""Tests of the state machine definition and its contract."""
