"""Commands run through ``manage.py``."""
