"""User models that a site may have instead of Django's own."""
