"""The texts, numbers and lists of the document with their bounds, under the names that the schema gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, StringConstraints, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.fields import FieldInfo
    from pydantic.json_schema import JsonSchemaValue

PLAIN = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"  # one line, nothing that hides
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?"
DOMAIN = r"^[a-z0-9][a-z0-9-]{0,62}(\.[a-z0-9][a-z0-9-]{0,62}){1,7}$"


def text(pattern: str, least: int, most: int) -> StringConstraints:
    """A text of that pattern, from so many to so many characters long."""
    return StringConstraints(strict=True, pattern=pattern, min_length=least, max_length=most)


def line(most: int) -> StringConstraints:
    """One line without control characters, at most so many characters long."""
    return text(PLAIN, 1, most)


def between(least: float, most: float) -> FieldInfo:
    """A number from `least` to `most`, both included."""
    number: FieldInfo = Field(strict=True, ge=least, le=most)
    return number


def above(limit: float, most: float) -> FieldInfo:
    """A number greater than the limit and at most `most`."""
    number: FieldInfo = Field(strict=True, gt=limit, le=most)
    return number


def items(most: int, least: int | None = None) -> FieldInfo:
    """A list, or an object of names, that holds from `least` to `most` things."""
    length: FieldInfo = Field(min_length=least, max_length=most)
    return length


def _whole(value: Any) -> Any:
    """1.0 is an integer in JSON Schema, as in every language that knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`, both included; 3.0 is one, "3" and true are none."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        bounded = core_schema.int_schema(strict=True, ge=self.least, le=self.most)
        return core_schema.no_info_before_validator_function(_whole, bounded)


class EachOnce:
    """A list of texts in which none comes twice."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(_each_once, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


class Closed:
    """An object whose member names all follow the pattern of its keys."""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "additionalProperties": False}


def _each_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The same texts; raises ValidationError at each that was there before."""
    if len(set(texts)) == len(texts):
        return texts
    first = {each: index for index, each in reversed(list(enumerate(texts)))}
    again = [index for index, each in enumerate(texts) if first[each] < index]
    told = PydanticCustomError("each_once", "was there before; each may come once")
    faults = [InitErrorDetails(type=told, loc=(index,), input=texts[index]) for index in again]
    raise ValidationError.from_exception_data("list", faults)


def names(pattern: str) -> StringConstraints:
    """The names of members, all of that pattern."""
    return StringConstraints(strict=True, pattern=pattern)


Flag = Annotated[bool, Strict()]
Id = Annotated[str, text("^[A-Za-z0-9][A-Za-z0-9._:@+/#=~-]*$", 1, 256)]
Uuid = Annotated[str, text(f"^{UUID}$", 36, 36)]
DocumentId = Annotated[str, text(f"^urn:uuid:{UUID}$", 45, 45)]
Timestamp = Annotated[str, text(f"^{DAY}T{CLOCK}Z$", 20, 24)]
Date = Annotated[str, text(f"^{DAY}$", 10, 10)]
Digest = Annotated[str, text(r"^[a-z0-9][a-z0-9-]{1,15}:[0-9a-f]{16,128}(\.dir)?$", 19, 160)]
OwnDigest = Annotated[str, text("^sha256:[0-9a-f]{64}$", 71, 71)]  # over the RFC 8785 bytes of our own documents
HostRef = Annotated[str, text("^[0-9a-f]{12}$", 12, 12)]
Uri = Annotated[str, line(2048)]
Country = Annotated[str, text("^[A-Z]{2}$", 2, 2)]
Subdivision = Annotated[str, text("^[A-Z]{2}-[A-Z0-9]{1,3}$", 4, 6)]
Line64 = Annotated[str, line(64)]
Line128 = Annotated[str, line(128)]
Line256 = Annotated[str, line(256)]
LineOfText = Annotated[str, line(512)]
Sentence = Annotated[str, line(2000)]
Fraction = Annotated[float, between(0, 1)]
Seconds = Annotated[float, between(0, 1e12)]
EnergyKwh = Annotated[float, between(0, 1e12)]
Coverage = Annotated[float, between(0.5, 0.999)]  # of an interval
Bytes = Annotated[int, Whole(0, 2**53 - 1)]
ExitStatus = Annotated[int, Whole(-256, 2**32 - 1)]

Method = Literal["measured", "modelled", "estimated", "declared", "not_available"]
EnergyBasis = Literal["it", "facility"]
Kind = Literal["cpu", "gpu", "tpu", "accelerator", "dram", "disk", "network", "host", "other"]
