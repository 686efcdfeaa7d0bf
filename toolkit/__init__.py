"""What a person runs: the trailguard command."""
