"""How people say digits, numbers, dates and yes in a language: words back to values."""
