"""What is said of a flow, statement by statement."""
