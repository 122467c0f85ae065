"""One folder per engine, the same file names in each; `roles.py` says what each file must offer."""
