"""The client of S3: made once per process and endpoint. Credentials come as boto3 finds them, never from our settings.

Needs the extra ``s3``. Where it is not installed, StoreError says so.
"""

from functools import cache
from typing import Any

from hub.db.errors import StoreError


@cache
def client(endpoint: str | None) -> Any:
    """A boto3 client, safe for threads. ``endpoint``: address of a service other than Amazon's. Raises StoreError."""
    try:
        import boto3
        from botocore.config import Config as BotoConfig
    except ImportError:
        raise StoreError("S3 needs boto3: install the hub with its extra (pip install 'tiers-lieu-hub[s3]')") from None
    options = BotoConfig(connect_timeout=10, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"})
    return boto3.client("s3", endpoint_url=endpoint or None, config=options)


def reason(error: Exception) -> str:
    """What went wrong, in a word and without a credential: the service's code, or the kind of error."""
    answer = getattr(error, "response", None)
    return str(answer["Error"].get("Code")) if isinstance(answer, dict) and "Error" in answer else type(error).__name__


def errors() -> tuple[type[Exception], ...]:
    """What boto3's client raises."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return Boto3Error, BotoCoreError, ClientError
