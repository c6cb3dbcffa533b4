"""What a flow says and hears, in words: values to words and sounds, words to values. Pure but for its word lists."""
