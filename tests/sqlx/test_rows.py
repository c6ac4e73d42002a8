"""Rows written by either are read by the other, with Django's own user model."""

from tests.sqlx.flow import *  # noqa: F403
