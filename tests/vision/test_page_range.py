"""What somebody means by 1-3,7,10-."""

from __future__ import annotations

from itertools import islice

import pytest

from edgeomni.errors import UsageError
from edgeomni.vision.page_range import chosen_pages


@pytest.mark.parametrize(
    ("wanted", "pages"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("3", [3]),
        ("1-3,7", [1, 2, 3, 7]),
        ("7-", [7, 8, 9]),
        ("-2", [1, 2]),
        (" 8 - 20 , 1 ", [8, 9, 1]),
        ("2,1-3,2", [2, 1, 3]),
    ],
)
def test_pages_come_in_the_order_they_were_asked_for(wanted, pages):
    assert list(chosen_pages(wanted, 9, "a.pdf")) == pages


@pytest.mark.parametrize("wanted", ["x", "1-2-3", "3-1", "0", "1,,2", "-", "1.5", "²", "1 2"])
def test_what_is_no_range_is_refused(wanted):
    with pytest.raises(UsageError, match="is not a range of pages") as caught:
        chosen_pages(wanted, 9, "a.pdf")
    assert "1-3,7,10-" in caught.value.remedy


@pytest.mark.parametrize("wanted", ["10", "10-", "10-12"])
def test_a_page_beyond_the_end_is_told_with_the_number_there_are(wanted):
    with pytest.raises(UsageError, match=r"There is no page 10: a\.pdf has 9 pages"):
        chosen_pages(wanted, 9, "a.pdf")


def test_a_forged_number_of_pages_costs_nothing():
    assert list(islice(chosen_pages("", 1 << 60, "a.pdf"), 3)) == [1, 2, 3]
