"""The face of the media engine: commands down, events up, no audio."""
