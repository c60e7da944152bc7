"""File systems of gcsfs as clients of the engine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zarrust.storage.fsspec_options.options import Options, place

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["client"]


class _GoogleCredentials:
    """Credentials of google.auth, which renews them."""

    def __init__(self, credentials: Any) -> None:
        self.credentials = credentials

    def __call__(self) -> dict[str, Any]:
        from datetime import UTC

        if not self.credentials.valid:
            from google.auth.transport.requests import Request

            self.credentials.refresh(Request())
        until: datetime | None = self.credentials.expiry
        # google.auth's times have no zone and mean UTC.
        return {"token": self.credentials.token, "expires_at": None if until is None else until.replace(tzinfo=UTC)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _GoogleCredentials) and bool(self.credentials == other.credentials)

    __hash__ = None  # type: ignore[assignment]


def client(options: Options, path: str) -> Any:
    """Return the client of a file system of gcsfs; see `zarrust.storage.fsspec_options.translate`."""
    from zarrust.store import GCSStore

    bucket, prefix = place(options, path)
    endpoint = options.text("endpoint_url").rstrip("/")
    project, payer = options.text("project"), options.take("requester_pays")
    connection: dict[str, Any] = options.seconds("requests_timeout", "timeout")
    if endpoint:
        connection["allow_http"] = endpoint.startswith("http://")
    if payer:
        connection["default_headers"] = {"x-goog-user-project": payer if isinstance(payer, str) else project}
    options.drop("access", "consistency", "default_location", "cache_timeout", "secure_serialize", "check_connection")
    given = _credentials(options, endpoint)
    options.done(version_aware=False, session_kwargs={})
    if payer and not (project or isinstance(payer, str)):
        raise options.refuse("requester_pays", "expected the project that pays, here or as project")
    if endpoint and "service_account_key" not in given:
        given["base_url"] = endpoint
    return GCSStore(bucket, prefix=prefix, client_options=connection, **given)


def _credentials(options: Options, endpoint: str) -> dict[str, Any]:
    token = options.take("token")
    if token == "anon" and endpoint:
        # The crate leaves the signature out of writes for a service account alone, which is all that this one is for.
        blank = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        return {"service_account_key": json.dumps({"gcs_base_url": endpoint, "disable_oauth": True, **blank})}
    if token == "anon":
        return {"skip_signature": True}
    if isinstance(token, Mapping) and token.get("type") == "service_account":
        return {"service_account_key": json.dumps(dict(token) | ({"gcs_base_url": endpoint} if endpoint else {}))}
    if isinstance(token, str) and os.path.isfile(token):
        return {"service_account_path" if _is_service_account(token) else "application_credentials": token}
    if token in (None, "google_default") and _has_google_credentials():
        return {}
    if hasattr(token, "token") and hasattr(token, "expiry"):
        return {"credential_provider": _GoogleCredentials(token)}
    raise options.refuse("token", "the engine knows 'anon', service accounts, files of credentials, and google.auth's")


def _is_service_account(file: str) -> bool:
    with open(file, encoding="utf-8") as text:
        return bool(json.load(text).get("type") == "service_account")


def _has_google_credentials() -> bool:
    """Return whether the engine finds what google.auth finds first: the variable, or the file of gcloud."""
    if "GOOGLE_APPLICATION_CREDENTIALS" in os.environ:
        return True
    return os.path.exists(os.path.expanduser("~/.config/gcloud/application_default_credentials.json"))
