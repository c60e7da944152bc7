"""The S3 server of the tests through clients that are not ours: fsspec's options, and the objects that lie there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import S3


def s3_options(s3: S3) -> dict[str, Any]:
    """Return the storage options of s3fs for the server."""
    return {
        "key": "test",
        "secret": "test",
        "client_kwargs": {"endpoint_url": s3.endpoint, "region_name": "us-east-1"},
    }


def objects(s3: S3) -> list[str]:
    """Return the names of the objects below the prefix of a test, sorted."""
    return sorted(item["path"].removeprefix(s3.prefix + "/") for batch in bucket(s3).list(s3.prefix) for item in batch)


def bucket(s3: S3) -> Any:
    """Return obstore's client of the whole bucket."""
    import obstore

    return obstore.store.S3Store(s3.bucket, **{name: value for name, value in s3.options().items() if name != "prefix"})


def anonymous(endpoint: str) -> dict[str, Any]:
    """Return the storage options of s3fs for reading from the server without credentials."""
    return {"anon": True, "client_kwargs": {"endpoint_url": endpoint, "region_name": "us-east-1"}}


def public_bucket(endpoint: str, name: str) -> Any:
    """Make a bucket that everyone may read and list, empty, and return obstore's client of it."""
    import boto3
    import obstore

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=name, ACL="public-read")
    found = client.list_objects_v2(Bucket=name).get("Contents", [])
    for item in found:
        client.delete_object(Bucket=name, Key=item["Key"])
    client.close()
    return obstore.store.S3Store(
        name,
        endpoint=endpoint,
        access_key_id="test",
        secret_access_key="test",
        region="us-east-1",
        client_options={"allow_http": True},
    )
