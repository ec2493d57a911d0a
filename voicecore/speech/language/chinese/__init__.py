"""Mandarin Chinese, in simplified and traditional characters."""
