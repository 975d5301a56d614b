"""hack/check-layers: what it refuses."""
import pytest

from scripts import load

layers = load("check-layers")


def problems(path, *includes):
    return list(layers.problems([(path, "".join(f"#include {each}\n" for each in includes))]))


def test_what_the_table_allows_is_no_problem():
    assert problems("http/client.cc", "<cpprest/streams.h>", "<ares.h>", "<string>", "<sys/stat.h>") == []
    assert problems("http/client.cc", '"base/text.h"', '"http/route.h"') == []


def test_tests_may_include_what_they_need():
    assert problems("core/plan_test.cc", "<gtest/gtest.h>", '"controller/service.h"') == []


@pytest.mark.parametrize(("path", "include", "said"), [
    ("core/plan.cc", '"kube/client.h"', "core stands on base, types, config"),
    ("core/plan.cc", "<cpprest/streams.h>", "ends in http"),
    ("cli/run.cc", "<curl/curl.h>", "does not know"),
    ("cli/run.cc", "<zstd.h>", "does not know"),
    ("new/file.cc", "<string>", "not in the table")])
def test_what_goes_up_or_is_foreign_is_named(path, include, said):
    found = problems(path, include)
    assert len(found) == 1 and said in found[0] and path in found[0]
