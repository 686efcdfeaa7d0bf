"""Adapters: one module per AWS service that the steps talk to."""
