"""Phones that we did not write, driven without screen or sound card, and what measures what they heard."""
