"""Event packages, a file each: what a watcher is told, and how it is written."""
