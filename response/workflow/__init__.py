"""The state machine definition and the contract of what passes between its states."""
