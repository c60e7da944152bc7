"""File systems of s3fs as clients of the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

from zarrust.storage.fsspec_options.options import Options, place

__all__ = ["client"]

_Options: TypeAlias = dict[str, Any]


class _StaticCredentials:
    """Keys that were given, with no token of the environment's beside them."""

    def __init__(self, key: str, secret: str) -> None:
        self.key, self.secret = key, secret

    def __call__(self) -> dict[str, Any]:
        return {
            "access_key_id": self.key,
            "secret_access_key": self.secret,
            "token": None,
            "expires_at": None,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _StaticCredentials) and (self.key, self.secret) == (other.key, other.secret)

    __hash__ = None  # type: ignore[assignment]


class _BotocoreCredentials:
    """What botocore finds for a profile: files, single sign-on, roles; refreshed by botocore."""

    def __init__(self, profile: str | None) -> None:
        self.profile = profile
        self._found: Any = None

    def __call__(self) -> dict[str, Any]:
        from datetime import UTC, datetime, timedelta

        if self._found is None:
            self._found = _botocore(self.profile).get_credentials()
        if self._found is None:
            raise PermissionError("no AWS credentials were found; storage_options={'anon': True} reads public buckets")
        now = self._found.get_frozen_credentials()
        # Asked again before they can end: botocore renews them a quarter of an hour ahead.
        until = datetime.now(UTC) + timedelta(minutes=5)
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.token,
            "expires_at": until,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {"profile": self.profile, "_found": None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BotocoreCredentials) and self.profile == other.profile

    __hash__ = None  # type: ignore[assignment]


def _botocore(profile: str | None) -> Any:
    import botocore.session

    return botocore.session.Session(profile=profile)


def _has_aws_files() -> bool:
    places = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    return any(os.path.exists(os.path.expanduser(os.environ.get(name, place))) for name, place in places)


def _region_of(bucket: str) -> str:
    """Return where Amazon keeps a bucket; the answer is in a header even where access is refused."""
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"https://{bucket}.s3.amazonaws.com", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            headers = answer.headers
    except urllib.error.HTTPError as refusal:
        headers = refusal.headers
    except OSError:
        return "us-east-1"
    return str(headers.get("x-amz-bucket-region") or "us-east-1")


def _retries(config: Options) -> _Options:
    retries = config.nested("retries")
    most = retries.take("max_attempts", "total_max_attempts")
    mode = retries.take("mode")
    retries.done()
    if mode not in (None, "legacy", "standard", "adaptive"):
        raise retries.refuse("mode")
    return {} if most is None else {"retry_config": {"max_retries": most}}


def _client_options(client: Options, config: Options) -> _Options:
    """Take the options of connections out."""
    found: _Options = {**config.seconds("connect_timeout"), **config.seconds("read_timeout")}
    proxies = config.nested("proxies")
    proxy = proxies.text("https", "http")
    proxies.done()
    if proxy:
        found["proxy_url"] = proxy
    verify = client.take("verify")
    bundle = verify if isinstance(verify, str) else os.environ.get("AWS_CA_BUNDLE", "")
    if verify is False:
        found["allow_invalid_certificates"] = True
    elif isinstance(verify, str) or os.path.isfile(bundle):
        found["root_certificate"] = Path(bundle).read_bytes()
    return found


def _encryption(options: Options) -> _Options:
    more = options.nested("s3_additional_kwargs")
    given: _Options = {
        name: more.text(theirs)
        for name, theirs in (("server_side_encryption", "ServerSideEncryption"), ("sse_kms_key_id", "SSEKMSKeyId"))
    }
    bucket_key = more.take("BucketKeyEnabled")
    more.done()
    if bucket_key is not None:
        given["sse_bucket_key_enabled"] = bool(bucket_key)
    if given["server_side_encryption"].startswith("aws:kms"):
        given["server_side_encryption"] = f"sse:{given['server_side_encryption'].removeprefix('aws:')}"
    return {name: value for name, value in given.items() if value != ""}


def _endpoint(options: Options, client: Options) -> str:
    if "" in (client.left.get("endpoint_url"), options.left.get("endpoint_url")):
        # Not Amazon's, which a variable that nobody set would stand for: s3fs refuses it as well.
        raise ValueError("storage_options: endpoint_url: expected the URL of a server, found ''")
    found = client.text("endpoint_url"), options.text("endpoint_url")
    return found[0] or found[1] or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def client(options: Options, path: str) -> Any:
    """Return the client of a file system of s3fs; see `zarrust.storage.fsspec_options.translate`."""
    from zarrust.store import S3Store

    bucket, prefix = place(options, path)
    client, config = options.nested("client_kwargs"), options.nested("config_kwargs")
    endpoint = _endpoint(options, client)
    key = client.text("aws_access_key_id") or options.text("key", "username")
    secret = client.text("aws_secret_access_key") or options.text("secret", "password")
    token = client.text("aws_session_token") or options.text("token")
    options.drop("key", "username", "secret", "password", "token", "cache_regions")
    region = client.text("region_name") or config.text("region_name")
    profile = options.text("profile")
    anon = _unsigned(config) or bool(options.take("anon"))
    options.drop("anon")
    style = config.nested("s3")
    virtual = style.take("addressing_style") == "virtual"
    signs_values = style.take("payload_signing_enabled")
    style.done()
    given: _Options = {**_retries(config), **_encryption(options)}
    if signs_values is not None:
        given["unsigned_payload"] = not signs_values
    if options.take("requester_pays"):
        given["request_payer"] = True
    connection = _client_options(client, config)
    config.drop("max_pool_connections", "tcp_keepalive", "user_agent_extra")
    config.done()
    client.done(use_ssl=True)
    options.done(use_ssl=True, version_aware=False, session=None)
    if bool(key) != bool(secret):
        raise options.refuse("secret" if key else "key", "expected both key and secret, found one of them")

    if anon:
        given["skip_signature"] = True
    elif key and not token and os.environ.get("AWS_SESSION_TOKEN"):
        given["credential_provider"] = _StaticCredentials(key, secret)
    elif key:
        given |= {"access_key_id": key, "secret_access_key": secret} | ({"session_token": token} if token else {})
    elif profile or ("AWS_ACCESS_KEY_ID" not in os.environ and (_has_aws_files() or "AWS_PROFILE" in os.environ)):
        try:
            region = region or _botocore(profile or None).get_config_variable("region")
        except ImportError:
            raise options.refuse("profile", "it is read by botocore, which is not installed") from None
        given["credential_provider"] = _BotocoreCredentials(profile or None)
    region = region or os.environ.get("AWS_DEFAULT_REGION") or ""
    given["region"] = region or ("us-east-1" if endpoint else _region_of(bucket))
    if endpoint:
        given |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": virtual}
        connection["allow_http"] = endpoint.startswith("http://")
    return S3Store(bucket, prefix=prefix, client_options=connection, **given)


def _unsigned(config: Options) -> bool:
    version = config.take("signature_version")
    if version in (None, "s3v4"):
        return False
    # botocore's word for none is an object of a type of its own.
    if version == "unsigned" or type(version).__name__ == "_UNSIGNED":
        return True
    raise config.refuse("signature_version")
