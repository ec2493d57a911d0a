"""What is refused before it costs anything: strangers, floods, scanners, fraud, false identities."""
