"""A look at a flow's source, without running it: its graph, and what is wrong with it."""
