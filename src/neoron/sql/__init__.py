"""SQL text in, values out: lexer, splitter, canonical form, classification, quoting; no connection."""
