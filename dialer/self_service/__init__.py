"""The self-service of a running station: its flows, its queue to the agents, its ears, and what it knows of a
debtor."""
