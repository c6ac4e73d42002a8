"""A small Django project that shows Tegata at work."""
