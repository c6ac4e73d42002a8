"""The OpenAPI documents of the two faces, in one form.

What is left out or rewritten here says the same in either form; everything else has to be equal.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.program import PROGRAM


def of_program(*arguments: str) -> Any:
    """What `tegata openapi` prints.

    Args:
        arguments: Its flags.
    """
    # No configuration but the flags.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TEGATA_")
    }
    command = [PROGRAM, "openapi", *arguments, "--config", os.devnull]
    printed = subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
    return json.loads(printed.stdout)


def auth_routes(document: Any, prefix: str) -> Any:
    """The operations below a path, each without a reference in it and in the form of both faces.

    Args:
        document: An OpenAPI document.
        prefix: The path of the auth routes.
    """
    return {
        (method, path.removeprefix(prefix)): _operation(_resolved(operation, document))
        for path, item in document["paths"].items()
        if path.startswith(prefix)
        for method, operation in item.items()
    }


def _resolved(value: Any, document: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(each, document) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        assert value.keys() == {"$ref"}
        found = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _resolved(found, document)
    return {name: _resolved(each, document) for name, each in value.items()}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    operation = {**operation, "description": _paragraphs(operation["description"])}
    # None of them is the same as an empty list.
    operation["parameters"] = [_with_schema(each) for each in operation.get("parameters", [])]
    if "requestBody" in operation:
        operation["requestBody"] = _with_content(operation["requestBody"])
    operation["responses"] = {
        status: _response(answer) for status, answer in operation["responses"].items()
    }
    return operation


def _response(answer: dict[str, Any]) -> dict[str, Any]:
    headers = {name: _with_schema(header) for name, header in answer.get("headers", {}).items()}
    # The reason phrase of the status, which has been another one for 422 until RFC 9110.
    return {**_with_content(answer), "headers": headers, "description": ""}


def _with_content(part: dict[str, Any]) -> dict[str, Any]:
    content = {name: _with_schema(each) for name, each in part.get("content", {}).items()}
    return {**part, "content": content}


def _with_schema(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "schema": _schema(part["schema"])}


def _schema(schema: Any) -> Any:
    """A schema in one form."""
    # All of one is that one.
    while schema.keys() == {"allOf"} and len(schema["allOf"]) == 1:
        schema = schema["allOf"][0]
    schema = dict(schema)
    # Pydantic makes titles of names.
    schema.pop("title", None)
    if "description" in schema:
        # Django's goes on with what the other says of each member.
        schema["description"] = _paragraphs(schema["description"].split("\n\nAttributes:")[0])
    if "properties" in schema:
        members = schema["properties"].items()
        schema["properties"] = {
            name: {key: each for key, each in _schema(member).items() if key != "description"}
            for name, member in members
        }
    if "items" in schema:
        schema["items"] = _schema(schema["items"])
    # Members that are not named are let pass unless something says no.
    if schema.get("additionalProperties") is True:
        del schema["additionalProperties"]
    # One value of a list of one.
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    # An integer of Rust has a size, and one without a sign begins at zero.
    if schema.get("type") == "integer":
        schema.pop("format", None)
        if schema.get("minimum") == 0:
            del schema["minimum"]
    # What may be null says so by a list of types, or by another schema.
    if isinstance(schema.get("type"), list):
        types = schema.pop("type")
        schema["anyOf"] = [{"type": each} for each in types]
    if "anyOf" in schema:
        each = [_schema(one) for one in schema["anyOf"]]
        schema["anyOf"] = sorted(each, key=lambda one: json.dumps(one, sort_keys=True))
    # Their order says nothing.
    for name in ("required", "enum"):
        if name in schema:
            schema[name] = sorted(schema[name])
    return schema


def _paragraphs(text: str) -> list[str]:
    """Markdown, in which a line break is a space."""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
