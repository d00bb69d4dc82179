"""The tool role: a platform launches into this application (LTI Core 1.3), which answers deep linking requests and
calls the platform's gradebook and roster."""
