"""What programs mean; each runs on the interpreter alone, with a few words to look through."""

import inspect
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ur3_dancer.robot.controller.urscript.lexer import KEYWORDS
from ur3_dancer.robot.controller.urscript.program import Program
from ur3_dancer.robot.controller.urscript.translator import Compiler
from ur3_dancer.robot.controller.urscript.values import Pose, ScriptError


class Script:
    """A program with the words `out(value)`, `sync()` and `wait(cycles)`."""

    def __init__(self, text: str):
        self.said = []
        words = {"out": self.said.append, "sync": _sync, "wait": _wait, "norm": _norm}
        self.compiler = Compiler({k: inspect.isgeneratorfunction(w) for k, w in words.items()})
        self.compiled = self.compiler.compile(text)
        self.program = Program(self.compiled, words)

    def run(self, cycles: int = 50) -> list:
        for _ in range(cycles):
            if self.program.running:
                self.program.step()
        return self.said


def _sync():
    yield


def _wait(cycles, extra=0.0):
    for _ in range(int(cycles + extra)):
        yield


def _norm(values):
    return math.hypot(*values)


def said(body: str) -> list:
    return Script(f"def program():\n{body}\nend\n").run()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("(1 + 2) * -3", -9.0),
        ("7 % 4 == 3 and not False", True),
        ("1 > 2 or 2 >= 2", True),
        ("True xor True", False),
        ("not 1 == 2", True),
        ("0x10 + 1e1 + .5", 26.5),
        ("[1, 2, 3] + [1, 1, 1] * 2", [3, 4, 5]),
        ("-2 * [1, -2]", [-2, 4]),
        ("[8, 6] / 2 - 1", [3, 2]),
        ("p[1, 2, 3, 4, 5, 6][5]", 6.0),
        ("[[1, 2], [3, 4]][1][0]", 3.0),
        ('"a b"', "a b"),
    ],
)
def test_when_an_expression_is_evaluated_expect_its_value(expression, value):
    assert said(f"out({expression})") == [value]


def test_when_p_has_six_items_expect_a_pose_and_with_one_an_element():
    values = said("p = p[1,2,3,4,5,6]\np[0] = p[1] * 10\nout(p)\nout(p[0])")
    assert values == [[20, 2, 3, 4, 5, 6], 20]
    assert isinstance(values[0], Pose)


def test_when_lines_run_together_expect_statements_to_be_told_apart():
    assert said("a = # the value follows\n 24    b = 2 c = a\n + b\n out(c)") == [26]


def test_when_a_variable_has_a_python_keyword_for_a_name_expect_it_to_work():
    assert said("async = 1\nlambda = 2\nNone = 3\nout(async + lambda + None)") == [6]


def test_when_return_stands_before_a_new_line_expect_no_value():
    assert said("def f():\n return\n out(1)\nend\nf()\nout(2)") == [2]


def test_when_a_list_is_assigned_expect_a_copy():
    assert said("a = [1, 2]\nb = a\nb[0] = 9\nout(a)\nout(b)") == [[1, 2], [9, 2]]


def test_when_a_parameter_is_changed_expect_the_callers_list_as_it_was():
    text = "def f(x):\n x[0] = 5\n return x\nend\na = [1, 2]\nout(f(a))\nout(a)"
    assert said(text) == [[5, 2], [1, 2]]


def test_when_a_function_returns_a_global_list_expect_a_copy():
    text = "global a = [1, 2]\ndef f():\n return a\nend\nb = f()\nb[0] = 9\nout(a)"
    assert said(text) == [[1, 2]]


def test_when_a_function_assigns_a_global_expect_everyone_to_see_it():
    assert said("global a = 1\ndef f():\n a = 2\nend\nf()\nout(a)") == [2]


def test_when_a_function_declares_a_local_expect_the_global_untouched():
    assert said("global a = 1\ndef f():\n local a = 2\n out(a)\nend\nf()\nout(a)") == [2, 1]


def test_when_a_nested_function_reads_the_programs_variable_expect_its_value():
    assert said("a = 4\ndef f():\n return a + 1\nend\nout(f())") == [5]


def test_when_arguments_are_named_or_left_out_expect_defaults():
    text = "def f(a, b=2, c=3):\n return a * 100 + b * 10 + c\nend\nout(f(1))\nout(f(1, c=9))"
    assert said(text) == [123, 129]


def test_when_branches_follow_one_another_expect_the_first_true_one():
    text = "i = 0\nwhile i < 4:\n if i == 0:\n  out(10)\n elif i == 1:\n  out(11)\n else:\n"
    text += "  out(12)\n end\n i = i + 1\n if i == 3:\n  break\n end\n continue\nend"
    assert said(text) == [10, 11, 12]


def test_when_a_program_waits_expect_one_cycle_a_sync():
    script = Script("def program():\n while True:\n  out(1)\n  sync()\n end\nend")
    assert script.run(cycles=7) == [1] * 7


def test_when_a_function_waits_inside_a_call_expect_the_caller_to_wait():
    text = "def f():\n wait(3, extra=1)\n return 5\nend\ndef g():\n return f() + 1\nend\nout(g())"
    script = Script(f"def program():\n{text}\nend")
    assert script.run(cycles=4) == []
    assert script.run(cycles=1) == [6]


def test_when_threads_run_expect_turns_in_the_cycle_they_started():
    text = "thread t():\n while True:\n  out(2)\n  sync()\n end\nend\nh = run t()\n"
    text += "out(1)\nsync()\nout(1)\nsync()\nkill h\nsync()\nsync()"
    assert said(text) == [1, 2, 1, 2]


def test_when_a_thread_takes_no_time_expect_it_to_run_once():
    assert said("thread t():\n out(1)\nend\nh = run t()\njoin h\nout(2)") == [1, 2]


def test_when_zero_is_killed_or_joined_expect_nothing():
    assert said("h = 0\nkill h\njoin h\nout(1)") == [1]


def test_when_a_thread_kills_itself_expect_it_to_end_at_its_next_wait():
    text = (
        "global h = 0\nthread t():\n kill h\n out(1)\n sync()\n out(2)\nend\nh = run t()\nwait(4)"
    )
    assert said(text) == [1]


def test_when_the_program_halts_expect_all_threads_to_end():
    text = "thread t():\n while True:\n  sync()\n  out(1)\n end\nend\nrun t()\nsync()\nhalt\nout(2)"
    script = Script(f"def program():\n{text}\nend")
    assert script.run() == []
    assert not script.program.running


def test_when_lines_stand_without_a_def_expect_them_to_run():
    assert Script("out(3)\n").run() == [3]


@pytest.mark.parametrize(
    ("body", "line", "cause"),
    [
        ("a = 1\nout([1, 2][5])", 3, "index 5"),
        ("out([1, 2][-1])", 2, "index -1"),
        ("b = 1\n\nout([1, 2] + [1])", 4, "do not combine"),
        ("out(1 / 0)", 2, "ZeroDivisionError"),
        ('out("a" + "b")', 2, "str_cat"),
        ("def f(x):\n return x\nend\nf()", 5, "missing 1 required"),
        ("while True:\n a = 1\nend", 2, "endless loop"),
        ("def f():\n return f()\nend\nf()", 3, "recursion"),
        ("fly_away(1)", 2, "fly_away is not supported"),
        ("out(nobody)", 2, "nobody is not supported"),
    ],
)
def test_when_a_program_fails_expect_the_line_and_the_cause(body, line, cause):
    script = Script(f"def program():\n{body}\nend\n")
    with pytest.raises(ScriptError, match=f"line {line}: .*{cause}"):
        script.run()
    assert not script.program.running


def test_when_an_unknown_word_is_never_reached_expect_the_program_to_run_and_the_word_named():
    script = Script("def program():\n if False:\n  fly_away(1)\n end\n out(1)\nend")
    assert script.run() == [1]
    assert script.compiled.unsupported == (("fly_away()", 3),)


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\nend",
        "def f():\n x = \nend",
        "if True:\n out(1)\nelse:\nelif x:\nend",
        "def f():\n 3 = x\nend",
        "x = $",
        "out(1",
        "p[1, 2]",
        "run nobody()",
        "break",
        "def f():\nend\nend",
        "a = " + "(" * 500,
        "x = " + "9" * 400,
        "def f():\n def g():\n end\n def g():\n end\nend",
    ],
)
def test_when_the_text_is_no_urscript_expect_it_refused_with_a_reason(text):
    with pytest.raises(ScriptError):
        Script(text)


def test_when_the_same_text_comes_again_expect_it_compiled_once():
    script = Script("out(1)")
    assert script.compiler.compile("out(1)") is script.compiled
    for number in range(40):
        script.compiler.compile(f"out({number})")
    assert script.compiler.compile("out(1)") is not None


_WORDS = (
    *KEYWORDS,
    *("(", ")", "[", "]", ",", "=", ":", "+", "-", "*", "/", "%", "==", "<", "p[", "#", "\n"),
    *("x", "f", "out", "sync", "p", "1", "2.5", '"s"'),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=60))
def test_when_words_come_in_any_order_expect_a_program_or_a_script_error(words):
    try:
        Script(" ".join(words)).run(cycles=5)
    except ScriptError as error:
        assert str(error)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_when_any_text_comes_expect_a_program_or_a_script_error(text):
    try:
        Script(text).run(cycles=5)
    except ScriptError as error:
        assert str(error)
