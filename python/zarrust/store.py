"""Clients of object stores: S3, Google Cloud Storage, Azure, HTTP. Give one to `zarrust.storage.ObjectStore`.

Options are those of the object_store library, as strings, booleans or `datetime.timedelta`; the environment's
(``AWS_ACCESS_KEY_ID``, ``GOOGLE_APPLICATION_CREDENTIALS``, ``AZURE_STORAGE_ACCOUNT_NAME``, ...) count where one is not
given, and are no part of a pickle.

Examples
--------
>>> import zarrust
>>> from zarrust.store import MemoryStore
>>> group = zarrust.create_group(zarrust.storage.ObjectStore(MemoryStore()))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarrust import _core

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["AzureStore", "GCSStore", "HTTPStore", "LocalStore", "MemoryStore", "S3Store", "from_url"]

_builders = _core.store

LocalStore = _builders.LocalStore
MemoryStore = _builders.MemoryStore


class _Client:
    """What the clients share: a bad value is an error that names its option, and an awaitable provider is awaited."""

    def __new__(cls, *args: Any, **options: Any) -> Self:
        made: Self = _checked(super().__new__, (cls, *args), options, cls.__name__)
        return made


def _checked(make: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any], name: str) -> Any:
    provider = options.get("credential_provider")
    if provider is not None:
        from zarrust.storage.credentials import awaited

        options = options | {"credential_provider": awaited(provider)}
    if options.get("retry_config"):
        from zarrust.storage.client_errors import check_retries

        # The library passes over what it does not know here, and here alone.
        check_retries(options["retry_config"], name)
    try:
        return make(*args, **options)
    except Exception as error:
        from zarrust.storage.client_errors import explain

        raise explain(make, args, options, error, name) from None


class S3Store(_Client, _builders.S3Store):  # type: ignore[misc, name-defined]
    """A bucket of Amazon S3, or of a server that speaks it.

    Parameters
    ----------
    bucket : str
    prefix : str, optional
        Stands before every key.
    config : mapping, optional
        Options by name, as the keywords are.
    client_options : mapping, optional
        ``timeout``, ``connect_timeout``, ``read_timeout``, ``proxy_url``, ``allow_http``, ``default_headers``,
        ``root_certificate``, ``allow_invalid_certificates``, ``user_agent``, ``pool_idle_timeout``, ...
    retry_config : mapping, optional
        ``max_retries``, ``retry_timeout`` and ``backoff``: ``init_backoff``, ``max_backoff``, ``base``.
    credential_provider : callable, optional
        Returns, or is a coroutine function for, ``{"access_key_id", "secret_access_key", "token", "expires_at"}``; it
        is called again before they expire. A pickle contains it.
    **options
        ``access_key_id``, ``secret_access_key``, ``session_token``, ``region``, ``endpoint``, ``skip_signature`` (for
        anonymous access), ``virtual_hosted_style_request``, ``request_payer``, ``server_side_encryption``,
        ``unsigned_payload`` (whether requests are signed without a hash of what they carry: True over TLS, False over
        plain HTTP, unless it is given), ...

    Raises
    ------
    ValueError, TypeError
        If an option is unknown or has a bad value; the message names it.

    Examples
    --------
    >>> S3Store("bucket", prefix="data.zarr", region="eu-west-1", skip_signature=True)
    S3Store(bucket="bucket", prefix="data.zarr")
    """


class GCSStore(_Client, _builders.GCSStore):  # type: ignore[misc, name-defined]
    """A bucket of Google Cloud Storage.

    Parameters
    ----------
    bucket : str
    prefix, config, client_options, retry_config : optional
        As `S3Store` has them.
    credential_provider : callable, optional
        Returns, or is a coroutine function for, ``{"token", "expires_at"}``.
    **options
        ``service_account_path``, ``service_account_key``, ``application_credentials``, ``base_url``,
        ``skip_signature``, ...

    Raises
    ------
    ValueError, TypeError
        If an option is unknown or has a bad value; the message names it.
    """


class AzureStore(_Client, _builders.AzureStore):  # type: ignore[misc, name-defined]
    """A container of Azure's blob storage.

    Parameters
    ----------
    container_name : str
    prefix, config, client_options, retry_config : optional
        As `S3Store` has them.
    credential_provider : callable, optional
        Returns, or is a coroutine function for, ``{"token", "expires_at"}``, ``{"access_key", "expires_at"}`` or
        ``{"sas_token", "expires_at"}``.
    **options
        ``account_name``, ``account_key``, ``sas_key``, ``client_id``, ``client_secret``, ``tenant_id``, ``endpoint``,
        ``skip_signature``, ``use_emulator``, ...

    Raises
    ------
    ValueError, TypeError
        If an option is unknown or has a bad value; the message names it.
    """


class HTTPStore(_Client, _builders.HTTPStore):  # type: ignore[misc, name-defined]
    """A folder of a web server; `zarrust.storage.HttpStore` is a store of one to read from.

    Parameters
    ----------
    url : str
    client_options, retry_config : mapping, optional
        As `S3Store` has them.

    Raises
    ------
    ValueError, TypeError
        If an option is unknown or has a bad value; the message names it.
    """

    def __repr__(self) -> str:
        from zarrust.storage.names import without_secrets

        return f'HTTPStore("{without_secrets(self.url)}")'


_OWN = {"S3Store": S3Store, "GCSStore": GCSStore, "AzureStore": AzureStore, "HTTPStore": HTTPStore}


def from_url(url: str, **options: Any) -> Any:
    """Return the client that a URL means.

    Parameters
    ----------
    url : str
        ``s3://``, ``gs://``, ``az://``, ``abfs://``, ``http://``, ``https://``, ``file://`` or ``memory://``.
    **options
        Of the client, as its class has them.

    Raises
    ------
    ValueError, TypeError
        If the URL is none of these, or an option is unknown or has a bad value; the message names it.

    Examples
    --------
    >>> from_url("s3://bucket/data.zarr", region="eu-west-1")
    S3Store(bucket="bucket", prefix="data.zarr")
    """
    made = _checked(_builders.from_url, (url,), options, "from_url")
    own = _OWN.get(type(made).__name__)
    if own is None:
        return made
    args, found = made.__getnewargs_ex__()
    return own(*args, **found)
