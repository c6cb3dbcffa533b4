"""What the console's ports ask of a station: each module fills one of ``agent_console``'s protocols from the store
and the bus."""
