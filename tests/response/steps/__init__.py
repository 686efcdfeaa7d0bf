"""Tests of the steps of the workflow."""
