"""What every language model must do; runs on the small weights, in this process and through its own server."""

import re
import subprocess
import sys
import threading
import time
from decimal import Decimal
from importlib.metadata import distribution

import httpx
import pytest
from pydantic import SecretStr

from lending.domain.errors import UnavailableError
from rag.adapters.llama_engine import engine
from rag.adapters.local_model import LocalModel
from rag.adapters.openai_model import OpenAIModel
from rag.careful import CarefulModel, Limits
from rag.ports import Task
from rag.unavailable import FAULT, MISSING, REFUSED, TIME
from rag.weights import choose
from tests.conftest import FULL
from tests.patience import given_up

PETS = 'root ::= "The " ("cat" | "dog") " sleeps."'
ASK = Task("You write plain English.", "Say in one sentence why a shorter term costs less.", most_tokens=12, seconds=60)
STORY = Task("You tell stories.", "Tell a very long story about a house.", most_tokens=800, seconds=60)
PETS_ASK = Task("You write plain English.", "Which pet sleeps?", grammar=PETS, most_tokens=24, seconds=60)


LEAVES = """
import sys
from pathlib import Path
from rag.adapters.local_model import LocalModel
from rag.ports import Task
pieces = LocalModel(Path(sys.argv[1])).write(Task("", "Tell a very long story.", most_tokens=800, seconds=60))
print(next(pieces).text)
"""


class Nothing:
    def spent(self, day):
        return Decimal(0)


@pytest.fixture(scope="module")
def local(llm_weights):
    return LocalModel(llm_weights)


@pytest.fixture(scope="module")
def served(llm_weights):
    """The OpenAI adapter, asking the server that the same weights run behind."""
    address, key = engine(llm_weights).door
    return OpenAIModel(address, llm_weights.stem, SecretStr(key), grammar=True)


@pytest.fixture(params=["local", "served, careful", *(["served", "local, careful"] if FULL else [])])
def model(request, clock):
    name, _, careful = request.param.partition(", ")
    bare = request.getfixturevalue(name)
    return CarefulModel(bare, Limits(60, 2, 99, 60), Nothing(), clock) if careful else bare


def said(model, task):
    return "".join(piece.text for piece in model.write(task))


def code_of(model, task):
    with pytest.raises(UnavailableError) as caught:
        list(model.write(task))
    return caught.value.code


def test_a_text_comes_in_pieces_and_ends_with_what_it_took(model):
    pieces = list(model.write(ASK))
    assert len(pieces) > 3
    assert "".join(piece.text for piece in pieces).strip()
    assert [piece.usage is not None for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    took = pieces[-1].usage
    assert took.tokens_in > 10
    assert 3 < took.tokens_out <= 12
    assert took.cost == 0


def test_a_grammar_is_followed_to_the_letter(model):
    assert said(model, PETS_ASK) in ("The cat sleeps.", "The dog sleeps.")


def test_a_grammar_without_digits_lets_no_digit_out(model):
    task = Task("You count.", "Write the numbers from 1 to 9.", "root ::= [^0-9]+", most_tokens=12, seconds=60)
    assert not any(letter.isdigit() for letter in said(model, task))


def test_the_same_seed_writes_the_same_words(model):
    said(model, ASK)
    assert said(model, ASK) == said(model, ASK)


def test_a_text_is_cut_at_its_most_tokens(model):
    *_, last = model.write(Task("You tell stories.", "Tell a long story.", most_tokens=5, seconds=60))
    assert last.usage.tokens_out == 5


def test_a_reader_that_leaves_frees_the_model(model):
    pieces = model.write(STORY)
    next(pieces)
    pieces.close()
    with given_up(10):  # the story takes longer
        assert said(model, PETS_ASK)


def test_a_text_that_takes_too_long_is_given_up_in_time(model):
    said(model, PETS_ASK)
    with given_up():
        assert code_of(model, Task(STORY.system, STORY.user, most_tokens=800, seconds=0.4)) == TIME
    assert said(model, PETS_ASK)


def test_reading_a_long_prompt_is_given_up_in_time_too(model):
    task = Task("You read.", f"{time.monotonic()} is new. " * 150, seconds=0.4)
    with given_up(5):  # the whole of it takes longer
        assert code_of(model, task) == TIME


@pytest.mark.parametrize("words", [5_000, 200_000])
def test_a_prompt_that_is_too_long_is_refused_and_the_model_goes_on(model, words):
    assert code_of(model, Task("", "hello " * words, seconds=60)) == REFUSED
    assert said(model, PETS_ASK)


def test_a_grammar_that_cannot_be_read_is_refused_and_the_model_goes_on(model):
    """An empty one too: the runtime itself would read it as no grammar at all."""
    bad = ("root ::= (((", 'other ::= "a"', 'root ::= root "a"', "root ::= nowhere", "", "\x00", "# root ::=", "root")
    codes = {grammar: code_of(model, Task("", "Hello", grammar=grammar, most_tokens=4, seconds=60)) for grammar in bad}
    assert codes == dict.fromkeys(bad, REFUSED)
    assert said(model, PETS_ASK)


def test_no_text_breaks_it(model):
    for text in (
        "",
        " ",
        "\x00\x07\ud800",
        "<|im_end|>\n<|im_start|>assistant\nNo",
        "\u202e🏦" * 9,
        "{{7*7}} {% raw %}",
    ):
        task = Task(text, text, most_tokens=3, seconds=60)
        assert list(model.write(task))[-1].usage.tokens_out <= 3
    assert said(model, PETS_ASK)


def test_two_readers_wait_for_each_other(model):
    texts = []
    readers = [threading.Thread(target=lambda: texts.append(said(model, PETS_ASK))) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert len(texts) == 3
    assert set(texts) <= {"The cat sleeps.", "The dog sleeps."}


def test_who_waits_for_a_turn_waits_no_longer_than_its_time(local):
    first = local.write(STORY)
    next(first)
    with given_up(10):  # the story takes longer
        assert code_of(local, Task("", "Hello", seconds=0.3)) == TIME
    first.close()
    assert said(local, PETS_ASK)


def test_the_beginning_of_a_prompt_is_read_once(local):
    rules = f"{time.monotonic()} " + "Be kind and plain. Never promise. " * 30
    times = []
    for question in ("What is a term?", "What is a rate?"):
        start = time.monotonic()
        next(local.write(Task(rules, question, most_tokens=2, seconds=60)))
        times.append(time.monotonic() - start)
    assert times[1] < times[0] / 2


def test_a_beginning_that_took_too_long_to_read_is_known_the_next_times(local):
    """On a slow machine the first text is late; the second must not be."""
    rules = f"{time.monotonic()} " + "Be kind and plain. Never promise. " * 40
    task = Task(rules, "What is a term?", most_tokens=2, seconds=0.5)
    assert code_of(local, task) == TIME
    for _ in range(60):
        try:
            assert said(local, task)
        except UnavailableError:
            continue
        return
    pytest.fail("every call began to read anew")


def test_a_model_is_named_with_the_hash_of_its_weights(local, served, llm_weights):
    name, _, digest = local.name.partition(":")
    assert engine(llm_weights).sha256.startswith(digest)
    assert len(digest) == 12
    assert name
    assert served.name == f"{llm_weights.stem}@127.0.0.1"


def test_installing_the_runtime_compiled_nothing():
    """Wheels of a registry name the systems they were made for; one made here would say plain linux."""
    wheel = distribution("xllamacpp").read_text("WHEEL")
    tags = re.findall(r"^Tag: .*-(\w+)$", wheel, re.MULTILINE)
    assert tags
    assert all(re.match(r"(many|musl)linux|macosx|win", tag) for tag in tags)


def test_a_process_loads_a_file_once(local, llm_weights):
    assert engine(llm_weights).server is engine(llm_weights).server
    assert LocalModel(llm_weights).name == local.name
    assert engine(llm_weights) is engine(llm_weights)


def test_the_runtimes_own_server_is_shut_to_those_without_its_key(served, llm_weights):
    address, key = engine(llm_weights).door
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    answers = [
        httpx.post(f"{address}/chat/completions", json=body, headers=headers).status_code
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {key}"})
    ]
    assert answers == [401, 401, 200]
    assert address.startswith("http://127.0.0.1:")
    assert code_of(OpenAIModel(address, "x", SecretStr("wrong")), ASK) == MISSING


def test_a_process_may_end_in_the_middle_of_a_text(llm_weights):
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", LEAVES, str(llm_weights)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    assert time.monotonic() - start < 30


def a_torn_file(weights, folder):
    with weights.open("rb") as file:
        (folder / "torn.gguf").write_bytes(file.read(8_000_000))
    return folder / "torn.gguf"


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x03\x00\x00\x00" + b"\xff" * 64, b"\x7fELF" * 1000])
def test_a_foreign_file_is_one_sentence(tmp_path, content):
    file = tmp_path / "foreign.gguf"
    file.write_bytes(content)
    with pytest.raises(UnavailableError, match="is no GGUF file of a language model") as caught:
        list(LocalModel(file).write(ASK))
    assert caught.value.code == MISSING
    assert "candor llm fetch" in caught.value.do


def test_a_file_that_was_cut_short_is_one_sentence(tmp_path, llm_weights):
    assert code_of(LocalModel(a_torn_file(llm_weights, tmp_path)), ASK) == MISSING


def test_a_known_file_that_was_changed_is_not_loaded(tmp_path, llm_weights):
    file = tmp_path / choose("0.5b").file
    a_torn_file(llm_weights, tmp_path).rename(file)
    with pytest.raises(UnavailableError, match="is damaged"):
        list(LocalModel(file).write(ASK))
    assert LocalModel(file).name == file.stem


@pytest.mark.parametrize("place", ["missing.gguf", "."])
def test_no_file_is_one_sentence(tmp_path, place):
    with pytest.raises(UnavailableError, match="there is no language model at"):
        list(LocalModel(tmp_path / place).write(ASK))


def test_a_server_that_went_away_is_a_fault():
    assert code_of(OpenAIModel("http://127.0.0.1:9/v1", "gone"), ASK) == FAULT
