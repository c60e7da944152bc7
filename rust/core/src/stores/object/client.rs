//! The HTTP client below every store: as the `object_store` crate builds its own, but without following redirects.
//!
//! The crate's client sends all headers but a few to wherever an answer points, and offers no way to stop it. Its options
//! can be read back, all but the root certificates, which come along here.

use std::hash::{BuildHasher, RandomState};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use object_store::{ClientConfigKey, ClientOptions, Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy};

/// What servers read in their logs where nothing else is asked for.
const USER_AGENT: &str = concat!("zarrust/", env!("CARGO_PKG_VERSION"));

/// The options that make clients differ.
pub(super) const READ: [ClientConfigKey; 19] = [
    ClientConfigKey::AllowHttp,
    ClientConfigKey::AllowInvalidCertificates,
    ClientConfigKey::ConnectTimeout,
    ClientConfigKey::Http1Only,
    ClientConfigKey::Http2KeepAliveInterval,
    ClientConfigKey::Http2KeepAliveTimeout,
    ClientConfigKey::Http2KeepAliveWhileIdle,
    ClientConfigKey::Http2MaxFrameSize,
    ClientConfigKey::Http2Only,
    ClientConfigKey::NoSystemCertificates,
    ClientConfigKey::PoolIdleTimeout,
    ClientConfigKey::PoolMaxIdlePerHost,
    ClientConfigKey::ProxyCaCertificate,
    ClientConfigKey::ProxyExcludes,
    ClientConfigKey::ProxyUrl,
    ClientConfigKey::RandomizeAddresses,
    ClientConfigKey::ReadTimeout,
    ClientConfigKey::Timeout,
    ClientConfigKey::UserAgent,
];

/// Bytes that were sent are acknowledged within this time, where the options do not have a longer one.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

type SetTime = fn(ClientBuilder, Duration) -> ClientBuilder;

/// A client with these options but the default headers, which are the caller's to send; `roots` is PEM.
pub(super) fn build(options: &ClientOptions, roots: &[u8]) -> Result<reqwest::Client> {
    let options = Options(options);
    let mut builder = ClientBuilder::new()
        .redirect(Policy::none())
        .https_only(!options.flag(ClientConfigKey::AllowHttp)?)
        // A coded body has another length than the object.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    builder = match options.text(ClientConfigKey::UserAgent) {
        Some(agent) => builder.user_agent(agent),
        None => builder.user_agent(USER_AGENT),
    };
    let mut certificates = Certificate::from_pem_bundle(roots).map_err(failed)?;
    if let Some(address) = options.text(ClientConfigKey::ProxyUrl) {
        let mut proxy = Proxy::all(address).map_err(failed)?;
        if let Some(hosts) = options.text(ClientConfigKey::ProxyExcludes) {
            proxy = proxy.no_proxy(NoProxy::from_string(&hosts));
        }
        builder = builder.proxy(proxy);
        if let Some(pem) = options.text(ClientConfigKey::ProxyCaCertificate) {
            certificates.push(Certificate::from_pem(pem.as_bytes()).map_err(failed)?);
        }
    }
    builder = match options.flag(ClientConfigKey::NoSystemCertificates)? {
        true => builder.tls_certs_only(certificates),
        false => builder.tls_certs_merge(certificates),
    };
    if options.flag(ClientConfigKey::AllowInvalidCertificates)? {
        builder = builder.danger_accept_invalid_certs(true);
    }
    if options.flag(ClientConfigKey::RandomizeAddresses)? {
        builder = builder.dns_resolver(Shuffled);
    }
    if options.flag(ClientConfigKey::Http1Only)? {
        builder = builder.http1_only();
    }
    if options.flag(ClientConfigKey::Http2Only)? {
        builder = builder.http2_prior_knowledge();
    }
    if options.flag(ClientConfigKey::Http2KeepAliveWhileIdle)? {
        builder = builder.http2_keep_alive_while_idle(true);
    }
    if let Some(most) = options.number(ClientConfigKey::PoolMaxIdlePerHost)? {
        builder = builder.pool_max_idle_per_host(most);
    }
    if let Some(size) = options.number(ClientConfigKey::Http2MaxFrameSize)? {
        builder = builder.http2_max_frame_size(Some(size));
    }
    let times: [(ClientConfigKey, SetTime); 6] = [
        (ClientConfigKey::Timeout, ClientBuilder::timeout),
        (ClientConfigKey::ConnectTimeout, ClientBuilder::connect_timeout),
        (ClientConfigKey::ReadTimeout, unacknowledged),
        (ClientConfigKey::PoolIdleTimeout, |builder, time| builder.pool_idle_timeout(time)),
        (ClientConfigKey::Http2KeepAliveInterval, |builder, time| builder.http2_keep_alive_interval(time)),
        (ClientConfigKey::Http2KeepAliveTimeout, ClientBuilder::http2_keep_alive_timeout),
    ];
    for (key, set) in times {
        if let Some(time) = options.duration(key)? {
            builder = set(builder, time);
        }
    }
    builder.build().map_err(failed)
}

/// How long a server may say nothing; no limit where the options have none.
pub(super) fn silence(options: &ClientOptions) -> Result<Option<Duration>> {
    Options(options).duration(ClientConfigKey::ReadTimeout)
}

/// How long bytes that were sent may go without an acknowledgement: not less than usual, as connections that share a line
/// wait for each other. Elsewhere that is the system's to say.
fn unacknowledged(builder: ClientBuilder, time: Duration) -> ClientBuilder {
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    return builder.tcp_user_timeout(time.max(UNACKNOWLEDGED));
    #[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
    {
        let _ = time;
        builder
    }
}

fn failed(cause: reqwest::Error) -> Error {
    Error::Generic { store: "HTTP client", source: Box::new(cause) }
}

/// The crate's options, read in the crate's own spellings.
struct Options<'a>(&'a ClientOptions);

impl Options<'_> {
    fn text(&self, key: ClientConfigKey) -> Option<String> {
        self.0.get_config_value(&key)
    }

    fn read<T>(&self, key: ClientConfigKey, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let bad = || format!("{}: {text:?} is no value of this option", key.as_ref());
        parse(&text).map(Some).ok_or_else(|| Error::Generic { store: "HTTP client", source: bad().into() })
    }

    fn flag(&self, key: ClientConfigKey) -> Result<bool> {
        let found = self.read(key, |text| match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "on" | "yes" | "y" => Some(true),
            "0" | "false" | "off" | "no" | "n" => Some(false),
            _ => None,
        })?;
        Ok(found.unwrap_or(false))
    }

    fn number<T: std::str::FromStr>(&self, key: ClientConfigKey) -> Result<Option<T>> {
        self.read(key, |text| text.parse().ok())
    }

    fn duration(&self, key: ClientConfigKey) -> Result<Option<Duration>> {
        self.read(key, |text| humantime::parse_duration(text).ok())
    }
}

/// Addresses of a host in any order, so that connections spread over its servers.
struct Shuffled;

impl Resolve for Shuffled {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || {
                // The client puts the URL's port in place of this.
                (host.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)
            });
            let mut addresses = found.await??;
            let random = RandomState::new();
            addresses.sort_by_cached_key(|address| random.hash_one(address));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [(ClientConfigKey, &str); 20] = [
        (ClientConfigKey::AllowHttp, "yes"),
        (ClientConfigKey::AllowInvalidCertificates, "off"),
        (ClientConfigKey::NoSystemCertificates, "false"),
        (ClientConfigKey::ConnectTimeout, "3 seconds"),
        (ClientConfigKey::DefaultContentType, "a/b"),
        (ClientConfigKey::Http1Only, "TRUE"),
        (ClientConfigKey::Http2KeepAliveInterval, "1m"),
        (ClientConfigKey::Http2KeepAliveTimeout, "1m 30s"),
        (ClientConfigKey::Http2KeepAliveWhileIdle, "1"),
        (ClientConfigKey::Http2MaxFrameSize, "20000"),
        (ClientConfigKey::Http2Only, "0"),
        (ClientConfigKey::PoolIdleTimeout, "500ms"),
        (ClientConfigKey::PoolMaxIdlePerHost, "4"),
        (ClientConfigKey::ProxyUrl, "http://h.example:1"),
        (ClientConfigKey::ProxyCaCertificate, ""),
        (ClientConfigKey::ProxyExcludes, "a.example"),
        (ClientConfigKey::RandomizeAddresses, "n"),
        (ClientConfigKey::ReadTimeout, "5s"),
        (ClientConfigKey::Timeout, "1h"),
        (ClientConfigKey::UserAgent, "me"),
    ];

    #[test]
    fn every_option_is_taken_in_the_crates_spellings() {
        let mut options = ClientOptions::new();
        for (key, value) in KEYS {
            // An empty certificate is none, for the crate as well.
            if key != ClientConfigKey::ProxyCaCertificate {
                options = options.with_config(key, value);
            }
        }
        assert!(build(&options, b"").is_ok());
        assert!(build(&ClientOptions::new(), b"").is_ok());
        let unread = KEYS.iter().filter(|(key, _)| !READ.contains(key)).count();
        assert_eq!(unread, 1, "a content type is no matter of connections");
    }

    #[test]
    fn a_bad_value_names_its_option() {
        for (key, _) in KEYS {
            let text = "\u{1}";
            let made = build(&ClientOptions::new().with_config(key, text), b"");
            let free = [
                ClientConfigKey::DefaultContentType,
                ClientConfigKey::ProxyUrl,
                ClientConfigKey::ProxyCaCertificate,
                ClientConfigKey::ProxyExcludes,
                ClientConfigKey::UserAgent,
            ];
            if !free.contains(&key) {
                assert!(made.unwrap_err().to_string().contains(key.as_ref()), "{key:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_host_has_all_its_addresses() {
        let found = Shuffled.resolve("localhost".parse().unwrap()).await.unwrap();
        assert!(found.count() > 0);
    }
}
