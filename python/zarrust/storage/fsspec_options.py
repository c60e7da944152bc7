"""What file systems of fsspec are to the engine: a native store where kind and options say exactly the same, or none.

Each kind is one function: it takes the options and the path, gives a builder of `zarrust.store` or a handle, and None
for whatever it does not know. Options that only concern open files and cached listings have no effect here and pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["native_store"]

_Options: TypeAlias = dict[str, Any]

_UNTOUCHED = frozenset(
    (
        *("asynchronous", "loop", "skip_instance_cache", "batch_size", "max_concurrency", "cache_options"),
        *("use_listings_cache", "listings_expiry_time", "max_paths", "local_expiry_check"),
        *("default_block_size", "default_fill_cache", "default_cache_type", "block_size", "blocksize", "cache_type"),
        *("fixed_upload_size", "normalize_keys", "key_separator"),
    )
)
"""Options of open files, listings and fsspec's own machinery."""


def native_store(protocol: str, options: Mapping[str, Any], path: str) -> Any:
    """Return a builder of `zarrust.store` for a file system, None where fsspec has to do the work.

    Parameters
    ----------
    protocol : str
        Of the file system: ``"s3"``, ``"gs"``, ``"abfs"``, ``"http"``, ...
    options : mapping
        What the file system was made with.
    path : str
        Of the store, without the protocol; the whole URL for HTTP.

    Examples
    --------
    >>> native_store("s3", {"anon": True, "client_kwargs": {"region_name": "eu-west-1"}}, "bucket/data.zarr")
    S3Store(bucket="bucket", prefix="data.zarr")
    >>> native_store("s3", {"session": object()}, "bucket/data.zarr") is None
    True
    """
    translate = _KINDS.get(protocol)
    if translate is None or "?" in path or "#" in path:
        return None
    rest = {name: value for name, value in options.items() if name not in _UNTOUCHED}
    return translate(rest, path)


def _take(options: _Options, *names: str, default: Any = None) -> Any:
    """Take options out under any of their names; the first one given counts."""
    found = [value for value in (options.pop(name, None) for name in names) if value is not None]
    return found[0] if found else default


def _only(options: Mapping[str, Any], **neutral: Any) -> bool:
    """Return whether what is left of the options are neutral values."""
    return all(name in neutral and value in (None, neutral[name]) for name, value in options.items())


def _parts(path: str) -> tuple[str, str | None]:
    bucket, _, prefix = path.strip("/").partition("/")
    return bucket, prefix or None


# S3


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


def _s3(options: _Options, path: str) -> Any:
    from zarrust.store import S3Store

    bucket, prefix = _parts(path)
    client: _Options = {**(options.pop("client_kwargs", None) or {})}
    config: _Options = {**(options.pop("config_kwargs", None) or {})}
    anon = bool(options.pop("anon", False))
    if "" in (client.get("endpoint_url"), options.get("endpoint_url")):
        # Not Amazon's, which a variable that nobody set would stand for: s3fs refuses it as well.
        raise ValueError("endpoint_url: expected the URL of a server, found ''")
    endpoint = _take(client, "endpoint_url") or _take(options, "endpoint_url")
    options.pop("endpoint_url", None)
    key = _take(client, "aws_access_key_id") or _take(options, "key", "username")
    secret = _take(client, "aws_secret_access_key") or _take(options, "secret", "password")
    token = _take(client, "aws_session_token") or _take(options, "token")
    for name in ("key", "username", "secret", "password", "token"):
        options.pop(name, None)
    region = _take(client, "region_name") or _take(config, "region_name")
    config.pop("region_name", None)
    profile = options.pop("profile", None)
    payer = bool(options.pop("requester_pays", False))
    style = (config.pop("s3", None) or {}).copy()
    virtual = style.pop("addressing_style", "auto") == "virtual"
    timeouts = {name: config.pop(name) for name in ("connect_timeout", "read_timeout") if name in config}
    config.pop("max_pool_connections", None)
    options.pop("cache_regions", None)
    neutral = {"use_ssl": True, "version_aware": False, "s3_additional_kwargs": {}, "session": None}
    if not bucket or style or config or not _only(client, verify=True, use_ssl=True) or not _only(options, **neutral):
        return None
    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if bool(key) != bool(secret):
        return None

    given: _Options = {"request_payer": True} if payer else {}
    if anon:
        given["skip_signature"] = True
    elif key and not token and os.environ.get("AWS_SESSION_TOKEN"):
        given["credential_provider"] = _StaticCredentials(key, secret)
    elif key:
        given |= {"access_key_id": key, "secret_access_key": secret} | ({"session_token": token} if token else {})
    elif profile or ("AWS_ACCESS_KEY_ID" not in os.environ and (_has_aws_files() or "AWS_PROFILE" in os.environ)):
        try:
            region = region or _botocore(profile).get_config_variable("region")
        except ImportError:
            return None
        given["credential_provider"] = _BotocoreCredentials(profile)
    region = region or os.environ.get("AWS_DEFAULT_REGION")
    given["region"] = region or ("us-east-1" if endpoint else _region_of(bucket))
    client_options: _Options = {}
    bundle = os.environ.get("AWS_CA_BUNDLE", "")
    if os.path.isfile(bundle):
        client_options["root_certificate"] = Path(bundle).read_bytes()
    if endpoint:
        given |= {"endpoint": endpoint.rstrip("/"), "virtual_hosted_style_request": virtual}
        client_options["allow_http"] = endpoint.startswith("http://")
    if "connect_timeout" in timeouts:
        client_options["connect_timeout"] = f"{timeouts['connect_timeout']} seconds"
    return S3Store(bucket, prefix=prefix, client_options=client_options, **given)


# Google Cloud Storage


def _gcs(options: _Options, path: str) -> Any:
    import json

    from zarrust.store import GCSStore

    bucket, prefix = _parts(path)
    token = options.pop("token", None)
    endpoint = _take(options, "endpoint_url")
    options.pop("endpoint_url", None)
    for name in ("project", "access", "consistency", "default_location"):
        options.pop(name, None)
    if not bucket or not _only(options, requester_pays=False, version_aware=False, requests_timeout=None):
        return None
    given: _Options = {}
    if endpoint:
        # The crate takes another host from a service account alone; without a signature that is all it is for.
        if token != "anon":
            return None
        account = {"gcs_base_url": endpoint.rstrip("/"), "disable_oauth": True}
        blank = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        given["service_account_key"] = json.dumps(account | blank)
        given["client_options"] = {"allow_http": endpoint.startswith("http://")}
    elif token == "anon":
        given["skip_signature"] = True
    elif isinstance(token, Mapping) and token.get("type") == "service_account":
        given["service_account_key"] = json.dumps(dict(token))
    elif isinstance(token, str) and os.path.isfile(token):
        given["service_account_path" if _is_service_account(token) else "application_credentials"] = token
    elif token in (None, "google_default") and _has_google_credentials():
        pass
    else:
        return None
    return GCSStore(bucket, prefix=prefix, **given)


def _is_service_account(file: str) -> bool:
    import json

    with open(file, encoding="utf-8") as text:
        return bool(json.load(text).get("type") == "service_account")


def _has_google_credentials() -> bool:
    """Return whether the engine finds what google.auth finds first: the variable, or the file of gcloud."""
    if "GOOGLE_APPLICATION_CREDENTIALS" in os.environ:
        return True
    return os.path.exists(os.path.expanduser("~/.config/gcloud/application_default_credentials.json"))


# Azure


def _azure(options: _Options, path: str) -> Any:
    from zarrust.store import AzureStore

    container, prefix = _parts(path)
    text = options.pop("connection_string", None)
    said = dict(part.partition("=")[::2] for part in text.split(";") if part) if text else {}
    account = _take(options, "account_name") or said.pop("AccountName", None)
    key = _take(options, "account_key") or said.pop("AccountKey", None)
    signature = _take(options, "sas_token") or said.pop("SharedAccessSignature", None)
    endpoint = said.pop("BlobEndpoint", None)
    suffix, scheme = said.pop("EndpointSuffix", None), said.pop("DefaultEndpointsProtocol", "https")
    host = _take(options, "account_host")
    login = {name: options.pop(name, None) for name in ("tenant_id", "client_id", "client_secret")}
    anon = options.pop("anon", None)
    for name in ("account_name", "account_key", "sas_token", "account_host", "assume_container_exists"):
        options.pop(name, None)
    if not container or not account or said or not _only(options, location_mode="primary", version_aware=False):
        return None
    given: _Options = {"account_name": account}
    if host or suffix:
        endpoint = endpoint or f"{scheme}://{host or f'{account}.blob.{suffix}'}"
    if endpoint:
        given |= {"endpoint": endpoint.rstrip("/"), "client_options": {"allow_http": endpoint.startswith("http://")}}
    if key:
        given["account_key"] = key
    elif signature:
        given["sas_key"] = signature.removeprefix("?")
    elif all(login.values()):
        given |= login
    elif anon or (anon is None and os.environ.get("AZURE_STORAGE_ANON", "true").lower() not in ("false", "0", "f")):
        given["skip_signature"] = True
    else:
        return None
    return AzureStore(container, prefix=prefix, **given)


# HTTP


def _http(options: _Options, path: str) -> Any:
    from zarrust.store import HTTPStore

    client = {**(options.pop("client_kwargs", None) or {})}
    headers = {**(client.pop("headers", None) or {}), **(options.pop("headers", None) or {})}
    client.pop("trust_env", None)
    neutral = {"simple_links": True, "same_scheme": True, "encoded": False, "size_policy": None}
    options.pop("simple_links", None)
    options.pop("same_scheme", None)
    if client or not _only(options, **neutral) or "@" in path.split("/")[2]:
        return None
    client_options: _Options = {"allow_http": path.startswith("http://")}
    if headers:
        client_options["default_headers"] = headers
    return HTTPStore(path.rstrip("/"), client_options=client_options)


_KINDS: dict[str, Callable[[_Options, str], Any]] = {
    **dict.fromkeys(("s3", "s3a"), _s3),
    **dict.fromkeys(("gs", "gcs"), _gcs),
    **dict.fromkeys(("az", "abfs", "abfss"), _azure),
    **dict.fromkeys(("http", "https"), _http),
}
