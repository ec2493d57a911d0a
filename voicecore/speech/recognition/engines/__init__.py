"""The recognisers as they run inside a worker process; imported there only."""
