"""Every way in which a field can be wrong: a stable code and plain English for what pydantic finds.

Clients word faults by their codes, so a code stays what it is when pydantic renames its own types.
"""

from collections.abc import Mapping
from typing import Any

from api.http.refusals import Fault

OBJECT = ("wrong_type", "This must be an object.")
LIST = ("wrong_type", "This must be a list.")
TEXT = ("wrong_type", "This must be a text.")
NUMBER = ("wrong_type", "This must be a whole number.")
SWITCH = ("wrong_type", "This must be true or false.")
ID = ("wrong_type", "This must be a UUID.")
TIME = ("wrong_type", "This must be a time with its zone, such as 2026-03-01T12:00:00Z.")

KINDS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "This is required."),
    "extra_forbidden": ("unknown", "There is no field or parameter of this name."),
    "given_twice": ("given_twice", "This may be given only once."),
    "unprintable": ("unprintable", "Control characters are not allowed."),
    "cursor": ("bad_cursor", "This is not the next_cursor of an answer."),
    "event": ("not_one_of", "There is no such event."),
    "enum": ("not_one_of", "This must be one of {expected}."),
    "literal_error": ("not_one_of", "This must be one of {expected}."),
    "string_pattern_mismatch": ("bad_format", "This must have the form {pattern}."),
    "string_too_short": ("too_short", "The length must be at least {min_length}."),
    "string_too_long": ("too_long", "The length must be at most {max_length}."),
    "too_short": ("too_short", "The number of items must be at least {min_length}."),
    "too_long": ("too_long", "The number of items must be at most {max_length}."),
    "greater_than_equal": ("out_of_range", "This must be at least {ge}."),
    "less_than_equal": ("out_of_range", "This must be at most {le}."),
    "int_parsing_size": ("out_of_range", "This number is too large."),
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "dict_type": OBJECT,
    "list_type": LIST,
    "tuple_type": LIST,
    "string_type": TEXT,
    "string_unicode": TEXT,
    "int_type": NUMBER,
    "int_parsing": NUMBER,
    "int_from_float": NUMBER,
    "bool_type": SWITCH,
    "bool_parsing": SWITCH,
    "uuid_type": ID,
    "uuid_parsing": ID,
    "uuid_version": ID,
    "datetime_type": TIME,
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "datetime_object_invalid": TIME,
    "rfc3339": TIME,
    "timezone_aware": TIME,
    "timezone_offset": TIME,
}
# Where a model refuses in words of its own.
OTHERWISE = "invalid"
MINIMUM = ("min_length", "ge")
MAXIMUM = ("max_length", "le")


def fault_of(error: Mapping[str, Any], **where: str) -> Fault:
    """The fault that pydantic has found, without the names of our classes and of what was sent."""
    code, message = KINDS.get(error["type"]) or (OTHERWISE, error["msg"])
    context: Mapping[str, Any] = error.get("ctx", {})
    return Fault(
        code,
        message.format_map(context) if code != OTHERWISE else message,
        **where,
        minimum=next((context[name] for name in MINIMUM if name in context), None),
        maximum=next((context[name] for name in MAXIMUM if name in context), None),
    )
