"""What reaches the screen, whatever the screen can show."""

import io
import json
import sys

from leadline.cli import show


def written_in_ascii(write, monkeypatch):
    """Give what ``write`` leaves on a standard output that knows ASCII only."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        show.settle_streams()
        write()
    stream.flush()
    return stream.buffer.getvalue().decode("ascii")


def test_letters_that_the_screen_lacks_are_written_in_plain_ones(monkeypatch):
    said = "r ≥ 0.15 — 2–26 weeks → “undecidable” … ╭─╮ 銀"
    plain = 'r >= 0.15 - 2-26 weeks -> "undecidable" ... +-+ ?\n'
    assert written_in_ascii(lambda: show.say(said), monkeypatch) == plain


def test_a_document_loses_nothing_where_the_screen_lacks_its_letters(monkeypatch):
    document = {"text": "≥ 銀"}
    text = written_in_ascii(lambda: show.document(document), monkeypatch)
    assert json.loads(text) == document


def test_a_document_given_as_text_is_printed_as_it_is(capsys):
    show.document('{"a": 1}\n')
    assert capsys.readouterr().out == '{"a": 1}\n'


def test_square_brackets_are_no_markup(capsys):
    show.say("tests[2] [bold]said[/bold]")
    assert capsys.readouterr().out == "tests[2] [bold]said[/bold]\n"


def test_complaints_go_to_standard_error_in_the_name_of_the_program(capsys):
    show.complain("a.yml: one\na.yml: two")
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "leadline: a.yml: one\nleadline: a.yml: two\n")


def test_there_is_no_progress_where_nobody_looks():
    with show.progress() as tick:
        assert tick is None


def test_progress_is_drawn_only_after_a_second(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    seconds = iter([0.0, 0.5, 2.0])
    monkeypatch.setenv("TERM", "xterm")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal := Terminal())
        with show.progress(lambda: next(seconds)) as tick:
            tick("silver", 0.1)
            assert terminal.getvalue() == ""
            tick("silver", 0.5)
            tick("gold", 0.9)
    assert "silver" in terminal.getvalue()
