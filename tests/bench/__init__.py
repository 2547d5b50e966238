"""Measurements: ratios against peers in the same run, never absolute seconds in a test."""
