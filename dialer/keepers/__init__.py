"""Tasks of a running station that keep something true over time, beside its calls."""
