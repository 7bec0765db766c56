"""The API described: OpenAPI for programs, a page for people; both from the routes themselves."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

Plain = dict[str, Any]
_OPEN = ("/api/v1/health", "/api/v1/login", "/api/v1/oidc/")
_ABOUT = (
    "A program sends `Authorization: Bearer kl_...` with a token of its account (page Account, or POST"
    " /api/v1/tokens). A browser logs in by POST /api/v1/login, keeps the cookie, and sends the `csrf` of the"
    " answer as X-CSRF-Token with every request that changes something. Every refusal is"
    " {problem: in words, kind: its class}. Times are ISO 8601 in UTC. A PATCH carries the `version` that was"
    " read and is refused with 409 when somebody else was faster."
)
_METHODS = ("get", "post", "put", "patch", "delete")


def described(app: FastAPI) -> Plain:
    """The OpenAPI description of an application, with who may come in; made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=_ABOUT, routes=app.routes
        )
        schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["token"] = {"type": "http", "scheme": "bearer", "description": "a token of an account"}
        schemes["login"] = {"type": "apiKey", "in": "cookie", "name": "kinelab_login"}
        schema["security"] = [{"token": []}, {"login": []}]
        for path, methods in schema["paths"].items():
            for method in methods.values():
                _settle(method, is_open=path.startswith(_OPEN))
        app.openapi_schema = schema
    return app.openapi_schema


def _settle(method: Plain, *, is_open: bool) -> None:
    if is_open:
        method["security"] = []
    # FastAPI's own description of what cannot be used; ours is told by `Problem`.
    answer = method["responses"].get("422", {})
    if answer.get("description") == "Validation Error":
        answer["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Problem"}


def as_json(schema: Plain) -> str:
    """OpenAPI 3.1 as JSON."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def as_markdown(schema: Plain) -> str:
    """The same as a page: every route with what it takes and what it answers."""
    lines = [
        "# The clinic's API",
        "",
        "Written by `kinelab clinic openapi --markdown --out docs/api.md`; do not edit it by hand.",
        "",
        f"{_ABOUT}",
        "",
        "`GET /api/v1/openapi.json` gives the same as OpenAPI 3.1.",
    ]
    by_tag: dict[str, list[str]] = {}
    for path, methods in schema["paths"].items():
        for name in _METHODS:
            if name in methods:
                method = methods[name]
                by_tag.setdefault(method.get("tags", ["other"])[0], []).extend(
                    _route(name.upper(), path, method, schema)
                )
    for tag, routes in by_tag.items():
        lines += ["", f"## {tag.capitalize()}", *routes]
    return "\n".join(lines) + "\n"


def _route(method: str, path: str, about: Plain, schema: Plain) -> list[str]:
    """One route: its heading, what it does, a list of what it takes and answers."""
    said = f"{about.get('summary', '')}. {about.get('description', '')}".strip()
    lines = ["", f"### {method} {path}", "", said, ""]
    for parameter in about.get("parameters", []):
        needed = "" if parameter.get("required") else ", optional"
        meaning = f": {parameter['description']}" if parameter.get("description") else ""
        kind = _kind(parameter["schema"])
        lines.append(f"- `{parameter['name']}` ({parameter['in']}{needed}) {kind}{meaning}")
    for media_type, content in about.get("requestBody", {}).get("content", {}).items():
        lines.append(f"- takes {media_type}: {_shape(content.get('schema', {}), schema)}")
    for status, answer in about["responses"].items():
        if status.startswith("2"):
            for media_type, content in answer.get("content", {}).items():
                lines.append(f"- answers {status} {media_type}: {_shape(content.get('schema', {}), schema)}")
    refused = [status for status in about["responses"] if not status.startswith("2")]
    if refused:
        lines.append(f"- refusals: {', '.join(refused)}")
    return lines


def _shape(part: Plain, schema: Plain) -> str:
    """The fields of a model in one line; of a list, of one of its members."""
    if part.get("type") == "array":
        return f"a list of {_shape(part['items'], schema)}"
    name = part.get("$ref", "").rsplit("/", 1)[-1]
    model = schema["components"]["schemas"].get(name, part)
    fields = model.get("properties")
    if not fields:
        return name or _kind(part)
    needed = model.get("required", [])
    told = (f"`{field}`{'' if field in needed else '?'} {_kind(value)}" for field, value in fields.items())
    return f"{name or 'object'} {{{', '.join(told)}}}"


def _kind(part: Plain) -> str:
    if "$ref" in part:
        return str(part["$ref"]).rsplit("/", 1)[-1]
    if "enum" in part:
        return " or ".join(f'"{value}"' for value in part["enum"])
    if "const" in part:
        return f'"{part["const"]}"'
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(one) for one in part["anyOf"]))
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}))}"
    return str(part.get("format") or part.get("type") or "any")
