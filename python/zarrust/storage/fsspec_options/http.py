"""File systems of fsspec over HTTP as clients of the engine."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import unquote

from zarrust.storage.fsspec_options.options import Options

__all__ = ["client", "without_login"]


def _basic(user: str, word: str) -> str:
    return f"Basic {b64encode(f'{user}:{word}'.encode()).decode()}"


def without_login(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without the user in it, and the header that says the same.

    Parameters
    ----------
    url : str

    Examples
    --------
    >>> without_login("https://user:word@host/a")
    ('https://host/a', {'Authorization': 'Basic dXNlcjp3b3Jk'})
    >>> without_login("https://host/a@b")
    ('https://host/a@b', {})
    """
    scheme, _, rest = url.partition("://")
    authority, slash, tail = rest.partition("/")
    login, at, host = authority.rpartition("@")
    if not at:
        return url, {}
    user, _, word = login.partition(":")
    return f"{scheme}://{host}{slash}{tail}", {"Authorization": _basic(unquote(user), unquote(word))}


def _connection(options: Options) -> dict[str, Any]:
    """Take what a session and a request of aiohttp have alike."""
    found: dict[str, Any] = {}
    headers = options.nested("headers")
    texts = {name: headers.text(name) for name in [*headers.left]}
    auth = options.take("auth")
    if auth is not None:
        if not (hasattr(auth, "login") and hasattr(auth, "password")):
            raise options.refuse("auth", "the engine knows aiohttp.BasicAuth")
        texts["Authorization"] = _basic(auth.login, auth.password)
    if texts:
        found["default_headers"] = texts
    proxy = options.text("proxy")
    if proxy:
        found["proxy_url"] = proxy
    secure = options.take("ssl", "verify_ssl")
    if secure is False:
        found["allow_invalid_certificates"] = True
    elif secure not in (None, True):
        raise options.refuse("ssl", "the engine knows True and False")
    limits = options.take("timeout")
    # A ClientTimeout has several, of which the engine has these.
    times = {"total": limits} if isinstance(limits, (int, float)) else vars_of(limits)
    given = Options(
        options.protocol, {name: value for name, value in times.items() if value}, f"{options.label}timeout."
    )
    found |= given.seconds("total", "timeout") | given.seconds("sock_read", "read_timeout")
    found |= given.seconds("sock_connect", "connect", "connect_timeout")
    given.drop("ceil_threshold")
    given.done()
    return found


def vars_of(limits: Any) -> dict[str, Any]:
    """Return the fields of a ``ClientTimeout``."""
    if limits is None:
        return {}
    names = ("total", "connect", "sock_read", "sock_connect")
    return {name: getattr(limits, name, None) for name in names}


def client(options: Options, path: str) -> Any:
    """Return the client of fsspec's file system over HTTP; see `zarrust.storage.fsspec_options.translate`."""
    from zarrust.store import HTTPStore

    session = options.nested("client_kwargs")
    connection: dict[str, Any] = {"allow_http": path.startswith("http://")}
    own, asked = _connection(session), _connection(options)
    headers = own.pop("default_headers", {}) | asked.pop("default_headers", {})
    session.drop("trust_env")
    options.drop("simple_links", "same_scheme")
    session.done()
    options.done(encoded=False, size_policy=None, get_client=None)
    url, login = without_login(path.rstrip("/"))
    if login or headers:
        connection["default_headers"] = login | headers
    return HTTPStore(url, client_options=connection | own | asked)
