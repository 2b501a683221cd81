import pytest

from models.language import relevance
from models.training.relevance import curves, fit, left_out
from tests.models.language.reading import reader


def test_the_constants_are_what_the_script_fits() -> None:
    for name, examples in curves(reader().meaning).items():
        assert getattr(relevance, name) == pytest.approx(fit(examples.x, examples.y), abs=0.01), name
        assert left_out(examples) > 0.85, name
