"""The content host: a second small application for other host names, which knows no cookie and no page of the hub."""
