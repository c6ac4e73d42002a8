"""The interface of django-ninja-jwt, over Tegata.

After `tegata.compat.install("ninja_jwt")` in the settings module, code that was written for
django-ninja-jwt runs as it is, `"ninja_jwt"` in `INSTALLED_APPS` and its `SIMPLE_JWT` or
`NINJA_JWT` included.
"""
