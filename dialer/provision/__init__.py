"""Getting a working Asterisk: its configuration, a private root to run it in, the process, and the sounds it plays."""
