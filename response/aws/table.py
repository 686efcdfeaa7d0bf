"""The incident table as a small set of strongly consistent, conditional operations on plain items.

Items have the keys `pk` and `sk`; nested documents lie as JSON text in one attribute, so that numbers and
empty values come back as they went in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from response.aws.errors import ConflictingStateError, translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
INDEX = "by_status"

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


@dataclass(frozen=True)
class Condition:
    """What must hold for a write to happen; all parts together.

    `absent`: there is no such item, or it lacks the attribute. `equals`: attributes have those values.
    `among`: attributes have one of those values.
    """

    absent: tuple[str, ...] = ()
    equals: Mapping[str, Any] = field(default_factory=dict)
    among: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Put:
    """Write a whole item."""

    item: Item
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True)
class Update:
    """Set attributes of an item and add to numbers in it."""

    key: tuple[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True)
class Delete:
    """Remove an item."""

    key: tuple[str, str]
    condition: Condition = field(default_factory=Condition)


Write = Put | Update | Delete


class Table:
    """One DynamoDB table."""

    def __init__(self, client: DynamoDBClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: tuple[str, str]) -> Item | None:
        """The item, as last written."""
        with translated("dynamodb:GetItem"):
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        item = answer.get("Item")
        return _plain(item) if item else None

    def query(self, pk: str, prefix: str = "") -> tuple[Item, ...]:
        """The items of a partition whose sort key begins with the prefix, in its order."""
        request: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
            "ExpressionAttributeValues": _values({":pk": pk, **({":prefix": prefix} if prefix else {})}),
            "ConsistentRead": True,
        }
        return tuple(self._pages(request, limit=None))

    def newest(self, gsi_pk: str, *, limit: int) -> tuple[Item, ...]:
        """Items of the index, those with the highest sort key first; may lag behind by a moment."""
        request: dict[str, Any] = {
            "IndexName": INDEX,
            "KeyConditionExpression": "gsi_pk = :pk",
            "ExpressionAttributeValues": _values({":pk": gsi_pk}),
            "ScanIndexForward": False,
        }
        return tuple(self._pages(request, limit=limit))

    def write(self, write: Write) -> None:
        """One write; ConflictingStateError where its condition does not hold."""
        kind, request = self._request(write)
        call: Mapping[str, Callable[..., Any]] = {
            "Put": self._client.put_item,
            "Update": self._client.update_item,
            "Delete": self._client.delete_item,
        }
        with translated(f"dynamodb:{kind}Item"):
            call[kind](**request)

    def written(self, write: Write) -> bool:
        """One write, and whether its condition held."""
        try:
            self.write(write)
        except ConflictingStateError:
            return False
        return True

    def transact(self, *writes: Write) -> None:
        """All writes or none; ConflictingStateError where a condition does not hold."""
        items: list[Any] = []
        for write in writes:
            kind, request = self._request(write)
            items.append({kind: request})
        with translated("dynamodb:TransactWriteItems"):
            self._client.transact_write_items(TransactItems=items)

    def _pages(self, request: dict[str, Any], *, limit: int | None) -> list[Item]:
        items: list[Item] = []
        while True:
            if limit is not None:
                request["Limit"] = limit - len(items)
            with translated("dynamodb:Query"):
                answer = self._client.query(TableName=self._name, **request)
            items += [_plain(item) for item in answer["Items"]]
            last = answer.get("LastEvaluatedKey")
            if not last or (limit is not None and len(items) >= limit):
                return items
            request["ExclusiveStartKey"] = last

    def _request(self, write: Write) -> tuple[str, dict[str, Any]]:
        """The parameters of one write; they are the same alone and in a transaction."""
        expression = _Expression()
        request: dict[str, Any] = {"TableName": self._name}
        if isinstance(write, Put):
            request["Item"] = _values(write.item)
        else:
            request["Key"] = _key(write.key)
        if isinstance(write, Update):
            request["UpdateExpression"] = expression.update(write)
        condition = expression.condition(write.condition)
        if condition:
            request["ConditionExpression"] = condition
        if expression.names:
            request["ExpressionAttributeNames"] = expression.names
        if expression.values:
            request["ExpressionAttributeValues"] = _values(expression.values)
        return type(write).__name__, request


class _Expression:
    """Expressions with placeholders for every name and value: many plain words are reserved in DynamoDB."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def update(self, write: Update) -> str:
        sets = [f"{self._name(name)} = {self._value(value)}" for name, value in write.values.items()]
        adds = [f"{self._name(name)} {self._value(value)}" for name, value in write.add.items()]
        parts = [f"SET {', '.join(sets)}" if sets else "", f"ADD {', '.join(adds)}" if adds else ""]
        return " ".join(part for part in parts if part)

    def condition(self, condition: Condition) -> str:
        terms = [f"attribute_not_exists({self._name(name)})" for name in condition.absent]
        terms += [f"{self._name(name)} = {self._value(value)}" for name, value in condition.equals.items()]
        for name, values in condition.among.items():
            listed = ", ".join(self._value(value) for value in values)
            terms.append(f"{self._name(name)} IN ({listed})")
        return " AND ".join(terms)

    def _name(self, name: str) -> str:
        placeholder = f"#{name}"
        self.names[placeholder] = name
        return placeholder

    def _value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder


def _key(key: tuple[str, str]) -> dict[str, Any]:
    return _values({"pk": key[0], "sk": key[1]})


def _values(item: Mapping[str, Any]) -> dict[str, Any]:
    """Python values as DynamoDB takes them."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def _plain(item: Mapping[str, Any]) -> Item:
    """DynamoDB's values as Python's; the numbers in this table are whole."""
    values = {name: _deserializer.deserialize(value) for name, value in item.items()}
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in values.items()}
