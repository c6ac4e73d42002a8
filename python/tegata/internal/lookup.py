"""One row by its key, by SQL whose text is made once.

Django's ORM builds the text of a query anew each time, which takes several times as long as the
database needs for the answer. Here it builds the text once, and makes the objects of a row when
somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.models import Model, QuerySet

# An expression of the query, and what its values go through.
_Conversion = tuple[Any, list[Callable[[Any, Any, Any], Any]]]


class Lookup:
    """A query for one object by a key, with what `select_related` adds.

    Args:
        queryset: A filter by one exact value.
    """

    def __init__(self, queryset: QuerySet[Any]) -> None:
        self.alias = queryset.db
        compiler = queryset.query.get_compiler(using=self.alias)
        self._sql, parameters = compiler.as_sql()
        if len(parameters) != 1:
            raise ValueError(f"the query takes {len(parameters)} values, and must take one")
        self._select = compiler.select
        self._class_info: dict[str, Any] = compiler.klass_info
        self._columns = {
            (expression.alias, expression.target.attname): index
            for index, (expression, _, _) in enumerate(self._select)
        }
        self._converters: WeakKeyDictionary[Any, dict[int, _Conversion]] = WeakKeyDictionary()

    def fetch(self, key: Any) -> Row | None:
        """The row of `key`, which is of the type that the database takes."""
        connection = connections[self.alias]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [key])
            values = cursor.fetchone()
        return (
            None if values is None else Row(self, connection, values, self._converting(connection))
        )

    def index(self, model: type[Model], attname: str) -> int:
        """The number of a column in a row.

        Args:
            model: The model of the query, or one that `select_related` adds.
            attname: The attribute of the model that has the column.
        """
        table = model._meta.get_field(attname).model._meta.db_table
        return self._columns[(table, attname)]

    def _converting(self, connection: Any) -> dict[int, _Conversion]:
        """What makes Python's values of the database's, by the number of the column."""
        known = self._converters.get(connection)
        if known is None:
            known = {}
            for index, (expression, _, _) in enumerate(self._select):
                steps = [
                    *connection.ops.get_db_converters(expression),
                    *expression.get_db_converters(connection),
                ]
                if steps:
                    known[index] = (expression, steps)
            self._converters[connection] = known
        return known

    def instance(self, row: Row) -> Any:
        """The object, and in its fields those that were selected along."""
        instance = self._make(row, self._class_info)
        for related in self._class_info.get("related_klass_infos", ()):
            related["field"].set_cached_value(instance, self._make(row, related))
        return instance

    def _make(self, row: Row, info: dict[str, Any]) -> Any:
        indices = info["select_fields"]
        names = [self._select[index][0].target.attname for index in indices]
        return info["model"].from_db(self.alias, names, [row.value(index) for index in indices])


class Row:
    """What the database answered."""

    __slots__ = ("_connection", "_converting", "_instance", "_lookup", "_values")

    def __init__(
        self,
        lookup: Lookup,
        connection: Any,
        values: tuple[Any, ...],
        converting: dict[int, _Conversion],
    ) -> None:
        self._lookup = lookup
        self._connection = connection
        self._values = values
        self._converting = converting
        self._instance: Any = None

    def value(self, index: int) -> Any:
        """One column, as Python has it."""
        value = self._values[index]
        conversion = self._converting.get(index)
        if conversion is None:
            return value
        expression, steps = conversion
        for convert in steps:
            value = convert(value, expression, self._connection)
        return value

    @property
    def instance(self) -> Any:
        """The object, made when it is first asked for."""
        if self._instance is None:
            self._instance = self._lookup.instance(self)
        return self._instance


def is_column(model: type[Model], name: str) -> bool:
    """Whether an attribute of a model is what its table has in the column of that name.

    A model may well compute it instead.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if name not in fields:
        return False
    attribute = getattr(model, name, None)
    return type(attribute) is fields[name].descriptor_class
