"""An AWS account on this machine for the tests of infra/."""

from tests.fakes.aws import aws, moto_server  # noqa: F401
