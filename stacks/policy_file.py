"""Reads policy.yaml strictly: words stay words, no key comes twice, and the functions will accept it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from response.settings import PolicyError, parse_policy_document

# YAML 1.1 makes a boolean of `off` and a date of `2027-03-31`; a policy means the words.
_BOOLEAN, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_WORDS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})


class PolicyFileError(Exception):
    """The policy file cannot be read or is not valid; the message names the file, and the key at fault."""


class _Loader(yaml.SafeLoader):
    """Safe, and strict where YAML is lenient."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own way to say it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key!r} is there twice", problem_mark=node.start_mark
                )
        return super().construct_mapping(node, deep=deep)

    def construct_word_or_boolean(self, node: yaml.ScalarNode) -> bool | str:
        value = self.construct_scalar(node)
        return value.lower() == "true" if value in _WORDS else str(value)


_Loader.add_constructor(_BOOLEAN, _Loader.construct_word_or_boolean)


def load_policy(path: Path) -> Mapping[str, Any]:
    """The validated document of a policy file, ready to be deployed as JSON."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error  # which names the file again
        raise PolicyFileError(f"policy file {path}: cannot be read: {reason}") from error
    except yaml.YAMLError as error:
        raise PolicyFileError(f"policy file {path}: is not valid YAML: {error}") from error
    try:
        parse_policy_document(document)
    except PolicyError as error:
        raise PolicyFileError(f"policy file {path}: {error}") from error
    policy: Mapping[str, Any] = document
    return policy
