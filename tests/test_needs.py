import pytest


def test_a_test_is_skipped_where_the_machine_lacks_what_it_needs(needs, monkeypatch):
    monkeypatch.delenv("TASUKI_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a moon"):
        needs("a moon", present=False)


def test_a_test_fails_where_the_machine_lacks_what_it_promised_to_have(needs, monkeypatch):
    monkeypatch.setenv("TASUKI_REQUIRE", "data,a moon")
    with pytest.raises(pytest.fail.Exception, match="needs a moon"):
        needs("a moon", present=False)


def test_a_test_goes_on_where_the_machine_has_what_it_needs(needs, monkeypatch):
    monkeypatch.setenv("TASUKI_REQUIRE", "a moon")
    needs("a moon", present=True)
