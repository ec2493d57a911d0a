"""SIP as pure logic: messages, transactions, dialogs. No socket, no clock (RFC 3261)."""
