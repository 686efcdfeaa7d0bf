"""Pure decisions about trails, principals and plans: no clock, no environment, no I/O."""
