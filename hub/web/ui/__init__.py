"""Pure helpers that draw what pages show: no Flask, no database, plain dataclasses in and Markup out."""
