"""How a language says numbers, dates, money and the like: pure functions from values to words."""
