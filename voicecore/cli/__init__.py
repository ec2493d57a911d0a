"""The `voicecore` command line, one file a command."""
