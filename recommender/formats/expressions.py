"""A small safe grammar over a table's columns: `TIME > 182 or CENSOR == 0`.

Column names (in `backquotes` where they are no plain words), numbers, quoted words, `+ - * /`,
comparisons, `in (…)`, `and`, `or`, `not`, and `missing(COLUMN)`. Nothing else: no calls, no
attributes, no way out of the table.
"""

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import polars as pl

from recommender.exceptions import BadInput

LONGEST = 500
QUOTED = re.compile(r"`([^`]*)`")
ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def read_expression(text: str, *, columns: Collection[str], place: str) -> pl.Expr:
    """The expression over these columns; BadInput names the place and what can't be read.

    Columns are text in a table; one that is compared with or added to a number is read as one,
    and what isn't a number is then missing.
    """
    if len(text) > LONGEST:
        raise BadInput(f"{place}: the expression is too long; {LONGEST} characters at most.")
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        name = f"quoted_{len(quoted)}"
        quoted[name] = found[1]
        return name

    try:
        tree = ast.parse(QUOTED.sub(stand_in, text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise BadInput(
            f"{place}: the expression can't be read. Write it like `TIME > 182 or CENSOR == 0`."
        ) from None
    return _Reader(columns, quoted, place).truth(tree)


class _Reader:
    def __init__(self, columns: Collection[str], quoted: Mapping[str, str], place: str) -> None:
        self._columns = columns
        self._quoted = quoted
        self._place = place

    def truth(self, node: ast.expr) -> pl.Expr:
        """A condition."""
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(value) for value in node.values]
            return (
                pl.any_horizontal(parts)
                if isinstance(node.op, ast.Or)
                else pl.all_horizontal(parts)
            )
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.truth(node.operand)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            return self._missing(node)
        raise self._unreadable(node)

    def _comparison(self, node: ast.Compare) -> pl.Expr:
        sides = [node.left, *node.comparators]
        parts = [
            self._pair(left, how, right)
            for left, how, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return pl.all_horizontal(parts)

    def _pair(self, left: ast.expr, how: ast.cmpop, right: ast.expr) -> pl.Expr:
        if isinstance(how, ast.In | ast.NotIn):
            found = self._among(left, right)
            return ~found if isinstance(how, ast.NotIn) else found
        if type(how) not in COMPARISONS:
            raise self._unreadable(left)
        compare = COMPARISONS[type(how)]
        word = next((side for side in (left, right) if _is_word(side)), None)
        if word is not None:
            return compare(self._text(left), self._text(right))  # type: ignore[no-any-return]
        return compare(self._number(left), self._number(right))  # type: ignore[no-any-return]

    def _among(self, left: ast.expr, right: ast.expr) -> pl.Expr:
        if not isinstance(right, ast.Tuple | ast.List) or not right.elts:
            raise self._unreadable(right)
        if all(_is_word(element) for element in right.elts):
            words = [element.value for element in right.elts if isinstance(element, ast.Constant)]
            return self._text(left).is_in(words)
        return pl.any_horizontal(
            [self._number(left) == self._number(element) for element in right.elts]
        )

    def _missing(self, node: ast.Call) -> pl.Expr:
        is_ours = isinstance(node.func, ast.Name) and node.func.id == "missing"
        if not is_ours or len(node.args) != 1 or node.keywords:
            raise self._unreadable(node)
        return self._column(node.args[0]).is_null()

    def _number(self, node: ast.expr) -> pl.Expr:
        if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
            return pl.lit(float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._number(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            both = self._number(node.left), self._number(node.right)
            return ARITHMETIC[type(node.op)](*both)  # type: ignore[no-any-return]
        return self._column(node).cast(pl.Float64, strict=False)

    def _text(self, node: ast.expr) -> pl.Expr:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return pl.lit(node.value)
        return self._column(node)

    def _column(self, node: ast.expr) -> pl.Expr:
        if not isinstance(node, ast.Name):
            raise self._unreadable(node)
        name = self._quoted.get(node.id, node.id)
        if name not in self._columns:
            raise BadInput(f"{self._place}: the table has no column '{name}'.")
        return pl.col(name)

    def _unreadable(self, node: ast.AST) -> BadInput:
        at = getattr(node, "col_offset", 0) + 1
        return BadInput(
            f"{self._place}: what stands at character {at} isn't allowed. Use columns, numbers, "
            "quoted words, + - * /, comparisons, in, and, or, not, and missing(COLUMN)."
        )


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
