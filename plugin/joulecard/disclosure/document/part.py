"""What all objects of the document share: closed, frozen, strict about types, and true to their conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from joulecard.disclosure.document.conditions import Fault, When

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
    from pydantic.json_schema import JsonSchemaValue

Value = TypeVar("Value")


class _LeftOut:
    """In Python None says that a member is absent; in JSON it is left out, and `null` is refused."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        nullable = handler(source)
        if nullable["type"] != "nullable":
            raise TypeError("only what may be None may be left out")
        return core_schema.json_or_python_schema(json_schema=nullable["schema"], python_schema=nullable)


Maybe = Annotated[Value | None, _LeftOut()]


class Part(BaseModel):
    """A closed, frozen object of the document; members that are None are left out when it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Conditional(Part):
    """An object with demands that span its members.

    A member with one fixed value need not be given in Python; in JSON it must be written.
    """

    conditions: ClassVar[tuple[When, ...]] = ()
    fixed: ClassVar[tuple[str, ...]] = ()  # names in Python

    @model_validator(mode="after")
    def _holds(self, info: ValidationInfo) -> Self:
        """Raises ValidationError at each member that departs from a condition."""
        faults = [_detail(fault) for condition in self.conditions for fault in condition.faults(self)]
        if info.mode == "json":
            unwritten = (name for name in self.fixed if name not in self.model_fields_set)
            faults += [_detail(Fault(_written(type(self), name), "missing", "must be given")) for name in unwritten]
        if faults:
            raise ValidationError.from_exception_data(type(self).__name__, faults)
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The JSON Schema of the object with its conditions, and with its fixed members required."""
        told = handler.resolve_ref_schema(handler(schema))
        told["required"] = [*(_written(cls, name) for name in cls.fixed), *told.get("required", ())]
        if cls.conditions:
            told["allOf"] = [condition.to_schema() for condition in cls.conditions]
        return told


def _written(part: type[Part], name: str) -> str:
    """The name of a member in the document."""
    return part.model_fields[name].alias or name


def _detail(fault: Fault) -> InitErrorDetails:
    """A fault as pydantic tells it, at the member."""
    told = PydanticCustomError(fault.type, "{told}", {"told": fault.told})
    return InitErrorDetails(type=told, loc=(fault.member,), input=None)
