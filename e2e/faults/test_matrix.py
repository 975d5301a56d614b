"""Every request of the service meets every kind of bad answer, and the service does its job all the same."""
import concurrent.futures

import pytest

from .case import Case
from .steps import STEPS
from .troubles import EVERY, expired, lost

AT_ONCE = 10  # most of a case is waiting
WRITES = ("create", "replace", "delete", "events")


def troubles_of(step):
    """The slow ones first, so that the others pass meanwhile."""
    found = list(EVERY) + ([expired] if step.watch else []) + ([lost] if step.name in WRITES else [])
    slow = ("silence", "answer_422")
    return sorted(found, key=lambda trouble: trouble.__name__ not in slow)


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_bad_answer_is_named_and_got_over(step, world, authority, certificate, elsewhere, tmp_path):
    """The log names the request, what was there and what was expected; nothing is done twice or without need."""
    cases = [Case(world, authority, certificate, tmp_path, step, trouble) for trouble in troubles_of(step)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [problem for problem in pool.map(Case.run, cases) if problem]
    assert not problems, "\n\n".join(problems)
    assert not elsewhere.those(), "a redirect was followed, with whatever it carried"
