"""A month of contacts through the real store and the real gate, by every way there is to make one."""
