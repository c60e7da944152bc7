"""File systems of adlfs as clients of the engine."""

from __future__ import annotations

import os
from typing import Any

from zarrust.storage.fsspec_options.options import Options, place

__all__ = ["client"]

_SCOPE = "https://storage.azure.com/.default"


class _TokenCredential:
    """A credential of azure.identity, of the plain kind or of the asynchronous one."""

    def __init__(self, credential: Any) -> None:
        self.credential = credential

    def __call__(self) -> dict[str, Any]:
        import inspect
        from datetime import UTC, datetime

        from zarrust import loop

        found = self.credential.get_token(_SCOPE)
        token = loop.run(found) if inspect.isawaitable(found) else found
        return {"token": token.token, "expires_at": datetime.fromtimestamp(token.expires_on, UTC)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TokenCredential) and bool(self.credential == other.credential)

    __hash__ = None  # type: ignore[assignment]


def client(options: Options, path: str) -> Any:
    """Return the client of a file system of adlfs; see `zarrust.storage.fsspec_options.translate`."""
    from zarrust.store import AzureStore

    container, prefix = place(options, path)
    text = options.text("connection_string")
    parts = dict(part.partition("=")[::2] for part in text.split(";") if part.strip())
    said = Options(options.protocol, parts, "connection_string.")
    account = options.text("account_name") or said.text("AccountName")
    given: dict[str, Any] = {"account_name": account}
    endpoint = said.text("BlobEndpoint")
    suffix, scheme = said.text("EndpointSuffix"), said.text("DefaultEndpointsProtocol") or "https"
    host = options.text("account_host")
    key = options.text("account_key") or said.text("AccountKey")
    signature = options.text("sas_token") or said.text("SharedAccessSignature")
    said.drop("AccountName", "AccountKey", "SharedAccessSignature")
    said.done()
    credential = options.take("credential")
    if isinstance(credential, str):
        # One of the two, as Azure's own library takes it.
        given_as_text = credential.removeprefix("?")
        key, signature = (key, given_as_text) if "sig=" in given_as_text else (given_as_text, signature)
        credential = None
    login = {name: options.text(name) for name in ("tenant_id", "client_id", "client_secret")}
    anon = options.take("anon")
    connection: dict[str, Any] = {
        **options.seconds("connection_timeout", "connect_timeout"),
        **options.seconds("socket_timeout", "read_timeout"),
    }
    options.drop("assume_container_exists")
    options.done(location_mode="primary", version_aware=False, request_session=None)
    if not account:
        raise options.refuse("account_name", "expected it, or a connection string that has it")
    if host or suffix:
        endpoint = endpoint or f"{scheme}://{host or f'{account}.blob.{suffix}'}"
    if endpoint:
        given["endpoint"] = endpoint.rstrip("/")
        connection["allow_http"] = endpoint.startswith("http://")
    if key:
        given["account_key"] = key
    elif signature:
        given["sas_key"] = signature.removeprefix("?")
    elif credential is not None:
        if not hasattr(credential, "get_token"):
            raise options.refuse("credential", "the engine knows keys, signatures and what has a method get_token")
        given["credential_provider"] = _TokenCredential(credential)
    elif all(login.values()):
        given |= login
    elif anon or (anon is None and os.environ.get("AZURE_STORAGE_ANON", "true").lower() not in ("false", "0", "f")):
        given["skip_signature"] = True
    else:
        raise options.refuse("anon", "False without credentials means those that azure.identity finds")
    return AzureStore(container, prefix=prefix, client_options=connection, **given)
