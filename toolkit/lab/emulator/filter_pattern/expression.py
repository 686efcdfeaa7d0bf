"""Conditions joined by && and || and parentheses, kept in postfix order.

Neither reading nor evaluating them recurses, so no depth of parentheses can exhaust the stack.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from toolkit.lab.emulator.filter_pattern.errors import malformed, unexpected
from toolkit.lab.emulator.filter_pattern.scanner import Scanner

ConditionT = TypeVar("ConditionT")
_PRECEDENCE = {"||": 1, "&&": 2}


@dataclass(frozen=True)
class Expression(Generic[ConditionT]):
    """Conditions and the operators that join them, each operator behind its operands."""

    postfix: tuple[ConditionT | str, ...]

    @property
    def conditions(self) -> tuple[ConditionT, ...]:
        """The conditions in the order in which they were written."""
        return tuple(part for part in self.postfix if not isinstance(part, str))

    def evaluate(self, holds: Callable[[ConditionT], bool]) -> bool:
        """Combine the truth of the conditions."""
        stack: list[bool] = []
        for part in self.postfix:
            if not isinstance(part, str):
                stack.append(holds(part))
                continue
            right, left = stack.pop(), stack.pop()
            stack.append((left and right) if part == "&&" else (left or right))
        return stack.pop()


def parse_expression(scanner: Scanner, condition: Callable[[Scanner], ConditionT]) -> Expression[ConditionT]:
    """Read as far as the expression goes; what may follow it is for the caller to say."""
    postfix: list[ConditionT | str] = []
    waiting: list[str] = []
    operand_next = True
    while True:
        scanner.skip_whitespace()
        if operand_next:
            if scanner.accept("("):
                waiting.append("(")
                continue
            postfix.append(condition(scanner))
            operand_next = False
        elif (operator := scanner.accept("&&", "||")) is not None:
            while waiting and _PRECEDENCE.get(waiting[-1], 0) >= _PRECEDENCE[operator]:
                postfix.append(waiting.pop())
            waiting.append(operator)
            operand_next = True
        elif scanner.accept(")"):
            _close_parenthesis(waiting, postfix)
        else:
            break
    if "(" in waiting:
        raise malformed()
    if scanner.peek() in {"&", "|"}:
        raise unexpected(scanner.peek())
    return Expression((*postfix, *reversed(waiting)))


def _close_parenthesis(waiting: list[str], postfix: list[ConditionT | str]) -> None:
    while waiting:
        operator = waiting.pop()
        if operator == "(":
            return
        postfix.append(operator)
    raise malformed()
