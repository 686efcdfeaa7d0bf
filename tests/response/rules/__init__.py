"""Tests of the rules, with the records they are tried on."""
