"""Spoken prompts and music on hold: synthesisers, their cache, the manifest, our tune."""
