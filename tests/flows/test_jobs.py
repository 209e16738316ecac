"""Training and scoring elsewhere: the same program, the same hashes; what AWS is asked is what AWS describes."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import warnings
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import boto3
import pandas as pd
import pytest

from features.build import columns_from_frame
from flows import job, jobs, steps
from flows.job_bundle import load_bundle, write_bundle
from flows.parameters import ScoreRequest, TrainRequest
from lending.domain.errors import InputError, RefusedError, UnavailableError
from lending.settings import ROOT
from tests.botocore_models import problems
from tests.fakes.aws import aws, moto_server  # noqa: F401 - fixtures
from tests.flows.books import ROWS, add_small_book
from training.adapters.sagemaker_files import unpacked
from training.adapters.sagemaker_jobs import SagemakerJobs, model_trainer, processing
from training.adapters.sagemaker_requests import Place
from training.deploy import rules_for
from training.gates import dated
from training.job_ports import Job
from training.servable import load

RULES = rules_for("sagemaker", dated(ROOT / "kb" / "endpoint.yaml", date(2026, 11, 1)))
PLACE = Place(
    "us-east-1", "arn:aws:iam::123456789012:role/candor", "123456789012.dkr.ecr.us-east-1.amazonaws.com/candor:1",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/candor-training:1", "candor-test", "", ("subnet-12345678",),
    ("sg-12345678",),
)  # fmt: skip


def quiet(share, text):
    pass


class HereInstead:
    """Runs the program of a job's container on the folders that would have travelled; nothing of AWS."""

    def run(self, one, into, rules, progress):
        root = into.parent / "container"
        root.mkdir()
        at = job.Folders(into.parent / "inputs", into / "model", into / "output")
        at.inputs.mkdir()
        for name, folder in one.inputs.items():
            (at.inputs / name).symlink_to(folder.absolute())
        {"train": job.train_job, "score": job.score_job}[one.act](json.loads(json.dumps(one.facts)), at)
        return {"job": one.name, "where": "here", "seconds": "0"}


@pytest.fixture(scope="module")
def loans(tmp_path_factory):
    """A data set in a home folder whose jobs run here."""
    from serving.assembly import platform

    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANDOR_HOME", str(home))
        patch.setenv("CANDOR_PROFILE", "test")
        platform.cache_clear()
        patch.setattr(type(platform()), "jobs", lambda self: HereInstead())
        yield SimpleNamespace(name=add_small_book(home), home=home, place=platform())
        platform.cache_clear()


@pytest.fixture(scope="module")
def book(loans):
    """The same with a model that was trained elsewhere."""
    wanted = TrainRequest(data=loans.name, budget_seconds=1, where="sagemaker", trained_by="tom")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the training libraries; their own tests keep warnings as errors
        loans.result = jobs.train(wanted, loans.name, quiet)
    return loans


def test_a_data_set_that_travelled_gives_the_same_loans_and_hashes(loans, tmp_path):
    here = steps.load_data(loans.name)
    there = load_bundle(write_bundle(loans.place.settings, loans.name, tmp_path))
    assert (there.data_sha256, there.mapping_sha256) == (here.data_sha256, here.mapping_sha256)
    pd.testing.assert_frame_equal(there.frame, here.frame)


@pytest.mark.full
def test_what_was_trained_elsewhere_is_registered_here_with_its_own_hash(book):
    version = book.result["model_version"]
    assert version == "candor-pd-small_book/1"
    assert book.place.registry.trained_by(book.name, version) == "tom"
    kept = book.place.registry.result(book.result["run_id"])
    assert kept["model_sha256"] == book.result["model_sha256"]
    assert not list((book.home / "work").glob("job-*"))


@pytest.mark.full
def test_a_book_that_was_scored_elsewhere_has_the_pds_of_the_model(book, tmp_path):
    done = jobs.score(book.name, book.result["model_version"], tmp_path / "pd.csv", quiet)
    model = load(book.place.registry.package(book.name, done["version"]))
    expected = model.predict(columns_from_frame(steps.load_data(book.name).frame, model.feature_set))
    assert pd.read_csv(tmp_path / "pd.csv")["pd"].tolist() == expected.tolist()
    assert (done["rows"], done["model_sha256"]) == (ROWS, model.sha256)


@pytest.mark.full
def test_a_package_that_is_not_the_results_own_is_not_registered(book):
    from training.ports import TrainResult

    package = book.place.registry.package(book.name, "1")
    result = TrainResult("small", "logistic", {}, [], [], [], 0.0, model_sha256="0" * 64)
    with pytest.raises(RefusedError, match="the package that came back has the hash"):
        jobs.stop_unless_whole(result, package)


@pytest.mark.parametrize("text", ["", "[]", '{"gates": [{}]}', '{"gates": [], "colour": 1}'])
def test_a_result_that_cannot_be_read_is_refused(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(RefusedError, match="left no result"):
        jobs.result_from(tmp_path / "result.json")


@pytest.mark.parametrize("more", [{"like": "r" * 32}, {"cluster": "tcp://127.0.0.1:1"}])
def test_a_repeat_or_a_cluster_cannot_go_to_sagemaker_too(more):
    with pytest.raises(InputError, match="are for training here"):
        jobs.train(TrainRequest(data="small", where="sagemaker", **more), "small", quiet)


def test_requests_with_records_are_decided_here_alone():
    from flows.score_batch import _check

    with pytest.raises(InputError):
        _check(ScoreRequest(out="x.csv", requests="in.jsonl", where="sagemaker"))


@pytest.fixture
def account(aws, tmp_path):  # noqa: F811
    """An empty account with the bucket, and a job that scores one file."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=PLACE.bucket)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "back").mkdir()
    one = Job("score", "candor-score-1", {"sha256": "1" * 64}, {"dataset": tmp_path / "in"})
    return SimpleNamespace(s3=s3, job=one, back=tmp_path / "back", server=aws)


@pytest.mark.parametrize("place", [PLACE, replace(PLACE, kms_key="alias/candor", subnets=(), groups=())])
def test_a_processing_job_is_one_that_the_services_own_model_takes(place):
    one = Job("score", "candor-score-1", {"sha256": "1" * 64}, {})
    asked = processing(one, {"dataset": "s3://b/x", "model": "s3://b/y"}, RULES, place)
    assert problems("sagemaker", "CreateProcessingJob", asked) == []
    assert asked["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}


def test_inputs_go_to_the_bucket_encrypted_and_outputs_come_back(account):
    account.s3.put_object(Bucket=PLACE.bucket, Key="jobs/candor-score-1/output/pd.parquet", Body=b"pd")
    place = replace(PLACE, kms_key="alias/candor")
    done = SagemakerJobs(place, wait=lambda seconds: None).run(account.job, account.back, RULES, quiet)
    assert done["job"] == "candor-score-1"
    assert (account.back / "output" / "pd.parquet").read_bytes() == b"pd"
    sent = account.s3.head_object(Bucket=PLACE.bucket, Key="jobs/candor-score-1/dataset/a.txt")
    assert sent["ServerSideEncryption"] == "aws:kms"


def archive(*files: tuple[str, int, bytes]) -> bytes:
    """A tar.gz of files, each with the size that it claims and what it holds."""
    made = io.BytesIO()
    with gzip.open(made, "wb") as out:
        for name, size, content in files:
            head = tarfile.TarInfo(name)
            head.size = size
            out.write(head.tobuf() + content.ljust(512 if content else 0, b"\0"))
        out.write(b"\0" * 1024)
    return made.getvalue()


def test_what_a_job_left_is_unpacked_where_it_is_plain_files_of_a_size_that_fits(account):
    account.s3.put_object(Bucket=PLACE.bucket, Key="a/model.tar.gz", Body=archive(("card.json", 2, b"{}")))
    folder = unpacked("a/model.tar.gz", account.back / "model", PLACE)
    assert [(one.name, one.read_bytes()) for one in folder.iterdir()] == [("card.json", b"{}")]


@pytest.mark.parametrize(
    "raw",
    [
        archive(("a", 5 << 30, b"")), archive(("a", 3, b"abc"), *((f"b{n}", 1 << 42, b"") for n in range(2))),
        archive(("../a", 3, b"abc")), archive(("a", 3, b"abc"))[:30], b"no archive",
    ],
    ids=["huge", "huge together", "out of its folder", "cut", "none"],
)  # fmt: skip
def test_an_archive_that_would_fill_the_disk_or_is_none_leaves_no_file(account, raw):
    account.s3.put_object(Bucket=PLACE.bucket, Key="a/model.tar.gz", Body=raw)
    with pytest.raises(UnavailableError, match=r"model\.tar\.gz of the job cannot be unpacked"):
        unpacked("a/model.tar.gz", account.back / "model", PLACE)
    assert [one for one in account.back.rglob("*") if one.is_file()] == []


def test_a_job_that_fails_says_why(account, monkeypatch):
    monkeypatch.setattr(SagemakerJobs, "_state", lambda self, act, name: ("Failed", "the data set is empty"))
    with pytest.raises(UnavailableError, match=r"failed: the data set is empty") as told:
        SagemakerJobs(PLACE).run(account.job, account.back, RULES, quiet)
    assert "candor-score-1" in told.value.do


def test_a_job_that_never_ends_is_stopped(account, monkeypatch):
    stopped, waited = [], []
    monkeypatch.setattr(SagemakerJobs, "_state", lambda self, act, name: ("InProgress", ""))
    monkeypatch.setattr(SagemakerJobs, "_stop", lambda self, act, name: stopped.append(name))
    with pytest.raises(UnavailableError, match="not done after 7200 s"):
        SagemakerJobs(PLACE, wait=waited.append).run(account.job, account.back, RULES, quiet)
    assert stopped == ["candor-score-1"]
    assert sum(waited) <= 7200 + 11 * 15


def test_a_look_that_nobody_answers_loses_no_job(account, monkeypatch):
    looks = iter([None, None, ("InProgress", ""), None, ("Completed", "")])
    monkeypatch.setattr(SagemakerJobs, "_state", lambda self, act, name: next(looks) or silence())
    assert SagemakerJobs(PLACE, wait=lambda seconds: None).run(account.job, account.back, RULES, quiet)["job"]
    assert next(looks, "all were used") == "all were used"


def silence():
    raise UnavailableError("sagemaker on AWS answers nothing", code="aws", found="nothing")


def interrupted(seconds):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "frame", [None, pd.DataFrame({"pd": []}), pd.DataFrame({"pd": [0.1, float("nan")]}), pd.DataFrame({"x": [0.1]})]
)
def test_scores_that_are_no_probabilities_are_refused(tmp_path, frame):
    if frame is not None:
        frame.to_parquet(tmp_path / "pd.parquet")
    with pytest.raises(RefusedError, match=r"no pd\.parquet that can be used"):
        jobs.pds_from(tmp_path / "pd.parquet")


@pytest.mark.parametrize(
    ("look", "wait", "ends"),
    [(silence, lambda seconds: None, UnavailableError), (lambda: ("InProgress", ""), interrupted, KeyboardInterrupt)],
)
def test_whoever_gives_up_waiting_leaves_no_machine_running(account, monkeypatch, look, wait, ends):
    stopped = []
    monkeypatch.setattr(SagemakerJobs, "_state", lambda self, act, name: look())
    monkeypatch.setattr(SagemakerJobs, "_stop", lambda self, act, name: stopped.append(name))
    with pytest.raises(ends):
        SagemakerJobs(PLACE, wait=wait).run(account.job, account.back, RULES, quiet)
    assert stopped == ["candor-score-1"]


def test_a_refusal_of_aws_ends_a_job_before_it_begins(account):
    def only(environ):
        return environ.get("HTTP_X_AMZ_TARGET", "").endswith("CreateProcessingJob")

    with account.server.fault("denied", only), pytest.raises(UnavailableError, match="sagemaker on AWS answers"):
        SagemakerJobs(PLACE).run(account.job, account.back, RULES, quiet)


def test_a_missing_setting_is_named_before_anything_is_sent(tmp_path):
    with pytest.raises(InputError, match="CANDOR_SAGEMAKER_TRAINING_IMAGE"):
        SagemakerJobs(replace(PLACE, training_image="")).run(Job("train", "x", {}, {}), tmp_path, RULES, quiet)


def test_the_program_of_a_job_says_what_is_wrong_and_gives_no_traceback(monkeypatch, capsys):
    monkeypatch.setenv("CANDOR_JOB", "{}")
    assert job.main(["dance"]) == 1
    assert "expected train or score" in capsys.readouterr().err
    monkeypatch.delenv("CANDOR_JOB")
    assert job.main(["train"]) == 1


def test_the_program_of_a_job_quotes_no_value_of_a_record(monkeypatch, capsys):
    def breaks(facts, at):
        float("Linnea")

    monkeypatch.setenv("CANDOR_JOB", "{}")
    monkeypatch.setattr(job, "train_job", breaks)
    assert job.main(["train"]) == 1
    said = capsys.readouterr().err
    assert "ValueError at job.py" in said
    assert "Linnea" not in said


@pytest.mark.full
@pytest.mark.parametrize("place", [PLACE, replace(PLACE, kms_key="alias/candor", subnets=(), groups=())])
def test_a_training_job_is_one_that_the_services_own_model_takes(aws, place, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")  # moto simulates no policies
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the SDK, at import
        one = Job("train", "candor-train-small", {"seed": 7, "budget": 60.0, "as_of": "2026-11-21"}, {})
        trainer = model_trainer(one, {"dataset": "s3://candor-test/jobs/x/dataset"}, RULES, place)
        asked = trainer._create_training_job_args(boto3=True)
    assert problems("sagemaker", "CreateTrainingJob", asked) == []
    assert asked["StoppingCondition"]["MaxRuntimeInSeconds"] == 7200
    assert asked["OutputDataConfig"]["S3OutputPath"] == "s3://candor-test/jobs/candor-train-small/made"
    assert json.loads(asked["Environment"]["CANDOR_JOB"])["seed"] == 7
