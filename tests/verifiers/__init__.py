"""Real verifiers judge the chains of the matrix; each disagreement with a rule-book fails and names its cell."""
