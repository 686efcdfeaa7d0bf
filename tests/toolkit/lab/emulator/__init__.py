"""Contract tests: what each emulator module adds to ministack, seen through boto3."""
