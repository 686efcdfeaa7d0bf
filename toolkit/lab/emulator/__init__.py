"""What ministack lacks, one module per AWS service."""
