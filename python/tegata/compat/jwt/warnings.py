"""The warnings of PyJWT."""


class RemovedInPyjwt3Warning(DeprecationWarning):
    """An argument that PyJWT 3 will not take."""


class InsecureKeyLengthWarning(UserWarning):
    """A token was verified with a key of less strength than RFC 7518 asks for."""
