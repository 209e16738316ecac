"""A SageMaker endpoint on this machine: the Runtime API's path, variants, shadow, data capture and metrics.

`boto3.client("sagemaker-runtime", endpoint_url=…)` is its client; nothing of the caller changes for AWS. What it does
not do of SageMaker: signatures are not checked (it listens on the loopback address), no autoscaling, no asynchronous or
streamed calls, no sessions.
"""

from serving.twin.app import create_twin

__all__ = ["create_twin"]
