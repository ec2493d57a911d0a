"""The HTTP and WebSocket interface: JSON under /api/v1, and the page of the desktop."""
