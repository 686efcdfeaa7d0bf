"""Tests of stacks/: configuration, packaging, and the synthesized templates."""
