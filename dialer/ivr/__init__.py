"""Self-service calls on the line: what a flow says is played, what is pressed goes back to it, and what it wants
done is done through ports."""
