"""`HttpStore`: values that a web server hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from zarrust import _core
from zarrust.storage.names import without_secrets
from zarrust.storage.native import ReadOnlyStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["HTTPStore", "HttpStore"]


_PROXIES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def _check_proxy(url: object) -> None:
    """Refuse an address to which no request can go; a password in it is not shown.

    Raises
    ------
    ValueError
        If it is one.
    """
    if url is None:
        return
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        sound = parts is not None and parts.scheme in _PROXIES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        shown = repr(url.rpartition("@")[2]) if isinstance(url, str) else repr(url)
        raise ValueError(f"client_options: proxy_url is no URL of a proxy: expected http://HOST:PORT, found {shown}")


class HttpStore(ReadOnlyStore):
    """A folder of a web server, to be read.

    Arrays and groups are opened by their path; members of a group are known where the hierarchy has consolidated
    metadata, since web servers cannot list. Parts of values are asked for as ranges; where a server sends everything
    instead, the part is cut out of values up to 16 MiB.

    Parameters
    ----------
    url : str
        Of the folder.
    headers : mapping, optional
        Sent with every request.
    client_options : mapping, optional
        Of `zarrust.store.HTTPStore`: ``"timeout"``, ``"proxy_url"``, ...
    retry_config : mapping, optional
        Of `zarrust.store.HTTPStore`: ``"max_retries"``, ``"retry_timeout"``, ``"backoff"``.
    missing_status : sequence of int, default (404,)
        Statuses that mean that a key is not there. Public buckets without the right to list answer 403 for missing
        objects: ``(404, 403)`` reads those as missing, at the price that a refusal is taken for a hole.

    Raises
    ------
    ValueError
        If it is no ``http://`` or ``https://`` URL, or the proxy's is none.

    Examples
    --------
    >>> HttpStore("https://example.com/data.zarr")
    HttpStore('https://example.com/data.zarr')
    """

    _read_only_because = "; web servers are only read"

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        missing_status: Sequence[int] = (404,),
        read_only: bool = True,
    ) -> None:
        super().__init__(read_only=read_only)
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            shown = without_secrets(url) if isinstance(url, str) else url
            raise ValueError(f"url: expected http:// or https://, found {shown!r:.200}")
        self.url: str = url.rstrip("/")
        self._client_options = dict(client_options or {})
        _check_proxy(self._client_options.get("proxy_url"))
        if headers:
            self._client_options["default_headers"] = dict(headers)
        self._retry_config = None if retry_config is None else dict(retry_config)
        self._missing = tuple(missing_status)

    def _make_native(self) -> _core.Store:
        from zarrust.store import HTTPStore as Builder

        options = {"allow_http": self.url.startswith("http://"), **self._client_options}
        return _core.Store.object(
            Builder(self.url, client_options=options, retry_config=self._retry_config), missing=self._missing
        )

    @property
    def supports_listing(self) -> bool:
        """Whether the store can list its keys: no."""
        return False

    def list_prefix(self, prefix: str = "") -> NoReturn:
        """Refuse: web servers cannot list.

        Raises
        ------
        NotImplementedError
        """
        raise NotImplementedError(f"{self!r} cannot list keys; consolidated metadata names the members of a hierarchy")

    def list_dir(self, prefix: str = "") -> NoReturn:
        """Refuse: web servers cannot list.

        Raises
        ------
        NotImplementedError
        """
        self.list_prefix(prefix)

    def __str__(self) -> str:
        return without_secrets(self.url)

    def _settings(self) -> tuple[Any, ...]:
        return self.url, self._client_options, self._retry_config, self._missing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._settings() == other._settings()

    def __hash__(self) -> int:
        return super().__hash__()


HTTPStore = HttpStore
"""Another spelling of `HttpStore`."""
