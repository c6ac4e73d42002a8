"""The stand-in for one module of django-ninja-aio-crud, `ninja_aio.auth`.

After `tegata.compat.install("ninja_aio.auth")`, this package stands in for `ninja_aio` where that
is not installed.
"""
