"""Tests of the constructs, on the synthesized templates."""
