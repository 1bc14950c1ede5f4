"""The doctor's page."""

from legged_gym.diagnosis.findings import Finding, count, page, plain, section
from legged_gym.utils.errors import UserError


def look():
    yield Finding("disk", "1.0 GiB free", "warning", "name another disk")
    raise UserError("no such\ndevice")


def test_what_cannot_be_looked_at_is_a_fault_and_the_rest_is_told():
    title, findings = section("machine", look)
    assert title == "machine" and findings[0].name == "disk"
    assert findings[1] == Finding("machine", "no such device", "fault")
    assert section("x", lambda: 1 // 0)[1] == [  # type: ignore[arg-type, return-value]
        Finding("x", "ZeroDivisionError: integer division or modulo by zero", "fault")
    ]


def test_the_page_marks_what_is_wrong_and_counts_it():
    sections = [section("machine", look), ("packages", [Finding("torch", "2.13")])]
    assert page(sections).splitlines() == [
        "machine",
        "! disk             1.0 GiB free: name another disk",
        "X machine          no such device",
        "packages",
        "  torch            2.13",
        "faults (X): 1, warnings (!): 1",
    ]
    assert count(sections, "ok") == 1
    assert plain(sections)["packages"] == [{"name": "torch", "value": "2.13", "state": "ok", "advice": ""}]


def test_long_lines_are_folded_under_their_text():
    lines = page([("t", [Finding("name", "word " * 60)])]).splitlines()
    assert max(map(len, lines)) <= 120 and lines[2].startswith(" " * 19 + "word")
