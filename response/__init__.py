"""What happens when a trail changes: the only code that is deployed."""
