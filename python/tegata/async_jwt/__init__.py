"""Bearer and cookie authentication by signed claims alone, for `async` code.

The names are those of django-ninja-aio-crud, and `tegata.auth` has them. There are no sessions and
no rows, so `tegata` need not stand in `INSTALLED_APPS`; the site says in `auth_handler` whose
request it is.
"""
