"""Tests of the AWS adapters: on moto where it can, on stubbed answers where it cannot."""
