"""Tests of the planning of containment, one file for each kind of principal."""
