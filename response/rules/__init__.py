"""Detection rules, held once as data and rendered to every language that evaluates them."""
