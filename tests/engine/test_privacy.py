"""A masked name tells its first sign and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy import mask_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王芳", "王**"),
        ("Wang Fang", "W**"),
        (" Li ", "L**"),
        ("", "**"),
        ("😀x", "😀**"),
    ],
)
def test_examples(name, masked):
    assert mask_name(name) == masked


@given(st.text(min_size=1).filter(str.strip), st.text())
def test_what_follows_the_first_sign_makes_no_difference(name, more):
    assert mask_name(name) == mask_name(name.strip()[0] + more)
