"""Distances from every home to the nearest facility of each kind: worked out in the background, kept, renewed."""
