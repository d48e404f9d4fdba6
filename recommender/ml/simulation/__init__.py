"""Simulated data sets with known truth: who comes, what helps whom, what is tried, what is seen."""
