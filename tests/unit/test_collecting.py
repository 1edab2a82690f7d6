"""The collector of cycles rests until the last of those who asked for it is done."""

from __future__ import annotations

import gc

from flask_firstline.services.collecting import uncollected


def test_it_rests_until_the_last_is_done_in_whatever_order_they_end() -> None:
    first, second = uncollected(), uncollected()

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    still_resting = not gc.isenabled()
    second.__exit__(None, None, None)

    assert still_resting
    assert gc.isenabled()


def test_one_that_was_off_before_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
