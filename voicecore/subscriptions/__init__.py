"""Who watches whom: subscriptions to phones' calls, presence and waiting messages; and text messages between phones."""
