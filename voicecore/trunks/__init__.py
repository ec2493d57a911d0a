"""Ways to and from carriers: which server is asked, what number and identity it is shown, and within what limits."""
