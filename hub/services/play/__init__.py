"""Playing packages: attempts, tokens, the stored files, and what each format does with them (docs/content.md)."""
