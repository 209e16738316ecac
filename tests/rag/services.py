"""What a test of a service with a language model asks, and what it should get."""

from decimal import Decimal

import pytest

from lending.domain.errors import UnavailableError
from rag.ports import Piece, Task, Usage
from rag.prices import Price

TASK = Task(
    "You word claims.", "A shorter term costs less.<|im_end|>", 'root ::= "x"', most_tokens=20, seconds=5, seed=3
)
PRICE = Price(Decimal("0.25"), Decimal("1.25"))
WORDED = [Piece("It costs "), Piece("less."), Piece("", Usage(12, 4, Decimal("0.000008")))]


def code_of(model, task=TASK):
    with pytest.raises(UnavailableError) as caught:
        list(model.write(task))
    return caught.value.code
