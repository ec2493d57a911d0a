"""Header field values that only one extension knows, a file each."""
