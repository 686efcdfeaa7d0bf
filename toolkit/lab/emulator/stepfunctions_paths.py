"""Gap: in ministack 1.5.33 a JSONPath that leads nowhere is null, and States.ALL catches what nothing can.

In Step Functions both end the execution with States.Runtime, which cannot be retried or caught (Step
Functions developer guide, "Error names"). A definition that works here by luck would fail there.
"""

import functools
from collections.abc import Mapping
from typing import Any

from toolkit.lab.emulator.internals import ministack

# Errors that States.ALL and States.TaskFailed leave alone; the first cannot be caught by its name either.
_NEVER_CAUGHT = "States.Runtime"
_ONLY_BY_NAME = "States.DataLimitExceeded"


@functools.cache
def install() -> None:
    """Refuse paths that lead nowhere, and leave fatal errors uncaught."""
    service = ministack("services.stepfunctions")
    _install_parameters(service)
    _install_choices(service)
    matches = service._error_matches

    def error_matches(names: list[str], error: str) -> bool:
        if error == _NEVER_CAUGHT:
            return False
        return error in names if error == _ONLY_BY_NAME else bool(matches(names, error))

    service._error_matches = error_matches


def _install_parameters(service: Any) -> None:
    resolve = service._resolve_params_obj

    def resolve_params(template: Any, data: Any, context: Any = None) -> Any:
        for field, path in (template if isinstance(template, Mapping) else {}).items():
            if field.endswith(".$") and isinstance(path, str) and not path.startswith("States."):
                source, inner = (context or {}, path[1:]) if path.startswith("$$") else (data, path)
                if not _leads_somewhere(service, inner, source):
                    raise service._ExecutionError(
                        _NEVER_CAUGHT,
                        f"The JSONPath '{path}' specified for the field '{field}' "
                        "could not be found in the input",
                    )
        return resolve(template, data, context)

    service._resolve_params_obj = resolve_params


def _install_choices(service: Any) -> None:
    evaluate = service._evaluate_rule

    def evaluate_rule(rule: Mapping[str, Any], data: Any, context: Any = None) -> Any:
        path = str(rule.get("Variable", "$"))
        known = "IsPresent" in rule or path.startswith("$$") or _leads_somewhere(service, path, data)
        if not known:
            raise service._ExecutionError(
                _NEVER_CAUGHT,
                f"Invalid path '{path}': The choice state's condition path references an invalid value.",
            )
        return evaluate(rule, data, context)

    service._evaluate_rule = evaluate_rule


def _leads_somewhere(service: Any, path: str, data: Any) -> bool:
    """Whether a path that names one place finds it; a path that names many finds what there is."""
    if path in ("", "$"):
        return True
    current = data
    for kind, value in service._parse_jsonpath_tokens(path) or ():
        if kind not in ("field", "index"):
            return True
        container = Mapping if kind == "field" else list
        if not isinstance(current, container) or not _holds(current, value):
            return False
        current = current[value]
    return True


def _holds(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, Mapping) else key < len(container)
