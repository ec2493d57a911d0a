"""SDP and offer/answer as pure logic (RFC 8866, RFC 3264)."""
