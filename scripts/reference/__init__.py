"""The pages of docs/ that are made from the code: one module per page, `page()` gives its text."""
