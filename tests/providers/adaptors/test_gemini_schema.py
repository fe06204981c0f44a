import pytest

from oneapi.providers.adaptors.gemini_schema import describes_something, sanitise


def test_members_that_gemini_does_not_know_go():
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Person",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "default": {"type": "integer", "default": 3, "exclusiveMinimum": 0, "format": "int32"},
            "mail": {"type": "string", "format": "email", "maxLength": 80},
            "born": {"type": "string", "format": "date-time"},
        },
        "required": ["mail", "gone"],
    }

    assert sanitise(schema) == {
        "title": "Person",
        "type": "object",
        "properties": {
            "default": {"type": "integer", "format": "int32"},
            "mail": {"type": "string", "maxLength": 80},
            "born": {"type": "string", "format": "date-time"},
        },
        "required": ["mail"],
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        ),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "string", "enum": ["1", "2"]}),
        (
            {"type": "integer", "format": "int32", "enum": [1]},
            {"type": "string", "enum": ["1"]},
        ),
        ({"enum": ["a", None]}, {"type": "string", "enum": ["a"], "nullable": True}),
        ({"type": "boolean", "const": True}, {"type": "boolean"}),
        (
            {"oneOf": [{"type": "string"}, {"type": "number"}]},
            {"anyOf": [{"type": "string"}, {"type": "number"}]},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "d"},
            {"type": "string", "nullable": True, "description": "d"},
        ),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}),
        (
            {"items": {"type": "string", "uniqueItems": True}},
            {"type": "array", "items": {"type": "string"}},
        ),
        ({"properties": {"a": True}}, {"type": "object", "properties": {"a": {}}}),
    ],
)
def test_other_spellings_become_geminis(schema, expected):
    assert sanitise(schema) == expected


def test_members_of_all_of_are_merged():
    schema = {
        "allOf": [{"$ref": "#/$defs/named"}, {"properties": {"age": {"type": "integer"}}}],
        "properties": {"id": {"type": "string"}},
        "required": ["id"],
        "$defs": {
            "named": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
            }
        },
    }

    assert sanitise(schema) == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "id": {"type": "string"},
        },
        "required": ["id", "name"],
    }


def test_a_reference_is_replaced_by_what_it_points_to():
    schema = {
        "type": "object",
        "properties": {"home": {"$ref": "#/definitions/a~1b", "description": "Where"}},
        "definitions": {"a/b": {"type": "string", "description": "Place"}},
    }

    assert sanitise(schema)["properties"] == {"home": {"type": "string", "description": "Where"}}


def test_a_reference_to_itself_or_to_nothing_is_an_object():
    schema = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}, "lost": {"$ref": "#/$defs/none"}},
    }

    assert sanitise(schema)["properties"] == {
        "next": {
            "type": "object",
            "properties": {"next": {"type": "object"}, "lost": {"type": "object"}},
        },
        "lost": {"type": "object"},
    }


def test_references_that_multiply_come_to_an_end():
    definitions = {
        f"d{n}": {
            "properties": {"a": {"$ref": f"#/$defs/d{n + 1}"}, "b": {"$ref": f"#/$defs/d{n + 1}"}}
        }
        for n in range(40)
    }

    assert sanitise({"$ref": "#/$defs/d0", "$defs": definitions})["type"] == "object"


def test_a_function_without_arguments_has_nothing_to_describe():
    assert not describes_something(sanitise({}))
    assert not describes_something(sanitise({"type": "object", "properties": {}}))
    assert describes_something(sanitise({"properties": {"a": {"type": "string"}}}))
