//! Object stores that Python built, made again by the engine: with connections that are counted and that no forked child
//! shares with its parent.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::list::PaginatedListStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_object_store::{
    AnyObjectStore, PyAzureStore, PyClientOptions, PyGCSStore, PyHttpStore, PyObjectStore, PyS3Store,
};
use url::Url;
use zarrust_core::error::Result;
use zarrust_core::stores::{Client, Connection, Connector};

use crate::exit;

/// A connection that says nothing for so long is broken.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// Options that are addresses of servers, by service.
const S3_ADDRESSES: [&str; 4] = ["endpoint", "aws_endpoint_url_s3", "metadata_endpoint", "endpoint_url_sts"];
const GCS_ADDRESSES: [&str; 1] = ["base_url"];
const AZURE_ADDRESSES: [&str; 3] = ["endpoint", "msi_endpoint", "fabric_token_service_url"];

/// How the option is spelled, here and in the environment.
const UNSIGNED_PAYLOAD: [&str; 2] = ["aws_unsigned_payload", "unsigned_payload"];

/// A builder's object, from which a client can be made again.
pub struct Builder {
    python: Py<PyAny>,
    identity: String,
    missing: Vec<u16>,
}

impl Builder {
    /// Takes one of `zarrust.store`'s builders or an object of obstore's; statuses in `missing` mean the same as 404.
    pub fn new(python: Bound<'_, PyAny>, missing: Vec<u16>) -> PyResult<Self> {
        let identity = match own(&python, false) {
            Ok(own) => identity(&own)?,
            // The type error that it deserves, or what speaks for itself.
            Err(_) => match python.extract::<AnyObjectStore>() {
                Ok(store) => store.into_dyn().to_string(),
                Err(error) => return Err(PyTypeError::new_err(error.to_string())),
            },
        };
        Ok(Self { identity, python: python.unbind(), missing })
    }

    fn build(&self, py: Python<'_>, again: bool) -> PyResult<Connection> {
        let object = self.python.bind(py);
        let Ok(own) = own(object, again) else {
            return Ok(Connection { store: object.extract::<AnyObjectStore>()?.into_dyn(), paged: None });
        };
        let connector = Connector { missing: self.missing.clone(), roots: roots(&own)? };
        match counted(&own, connector)? {
            Some(connection) => Ok(connection),
            None => Ok(Connection { store: own.extract::<PyObjectStore>()?.into_dyn(), paged: None }),
        }
    }
}

/// The object as one of our own builders; a fresh one where clients of another process must not be touched.
fn own<'py>(object: &Bound<'py, PyAny>, fresh: bool) -> PyResult<Bound<'py, PyAny>> {
    let is_own = object.extract::<PyObjectStore>().is_ok();
    if is_own && !(fresh && object.hasattr("__getnewargs_ex__")?) {
        return Ok(object.clone());
    }
    let (args, options): (Bound<'py, PyAny>, Bound<'py, PyAny>) =
        object.call_method0("__getnewargs_ex__")?.extract()?;
    let class = if is_own {
        object.get_type().into_any()
    } else {
        let name = object.get_type().name()?;
        object.py().import("zarrust._core")?.getattr("store")?.getattr(name)?
    };
    class.call(args.cast()?, Some(options.cast()?))
}

/// Text of an option; empty where it was not given.
fn text(config: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    let value = config.call_method1("get", (name,))?;
    if value.is_none() { Ok(String::new()) } else { value.extract() }
}

/// A URL without user, query and slash at its end.
fn plain(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The place as a URL without secrets, the same for all that reach it.
fn identity(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let prefix = || -> PyResult<String> {
        let prefix = object.getattr("prefix")?;
        Ok(if prefix.is_none() { String::new() } else { format!("/{}", prefix.str()?) })
    };
    let config = || object.getattr("config");
    if object.cast::<PyS3Store>().is_ok() {
        let (config, prefix) = (config()?, prefix()?);
        let (bucket, endpoint) = (text(&config, "bucket")?, text(&config, "endpoint")?);
        let place = if endpoint.is_empty() { "s3:/".to_owned() } else { plain(&endpoint) };
        return Ok(format!("{place}/{bucket}{prefix}"));
    }
    if object.cast::<PyGCSStore>().is_ok() {
        return Ok(format!("gs://{}{}", text(&config()?, "bucket")?, prefix()?));
    }
    if object.cast::<PyAzureStore>().is_ok() {
        let (config, prefix) = (config()?, prefix()?);
        let (container, account) = (text(&config, "container_name")?, text(&config, "account_name")?);
        return Ok(format!("az://{account}/{container}{prefix}"));
    }
    if object.cast::<PyHttpStore>().is_ok() {
        return Ok(plain(&object.getattr("url")?.str()?.extract::<String>()?));
    }
    Ok(object.extract::<PyObjectStore>()?.into_dyn().to_string())
}

fn client_options(object: &Bound<'_, PyAny>) -> PyResult<ClientOptions> {
    let given = object.getattr("client_options")?;
    let mut options = if given.is_none() { ClientOptions::new() } else { given.extract::<PyClientOptions>()?.into() };
    let is_given = |name| -> PyResult<bool> { Ok(!given.is_none() && given.contains(name)?) };
    if !is_given("timeout")? {
        // The crate's own limit ends every transfer that takes longer than half a minute, stalled or not.
        options = options.with_timeout_disabled();
        if !is_given("read_timeout")? {
            options = options.with_read_timeout(LONGEST_SILENCE);
        }
    }
    Ok(options)
}

/// The certificates that the options add to the system's, as PEM; none for what has no such options.
fn roots(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if !object.hasattr("client_options")? {
        return Ok(Vec::new());
    }
    let given = object.getattr("client_options")?;
    let pem = if given.is_none() { None } else { item::<Bound<'_, PyAny>>(&given, "root_certificate")? };
    match pem {
        None => Ok(Vec::new()),
        Some(pem) => pem.extract().or_else(|_| Ok(pem.extract::<String>()?.into_bytes())),
    }
}

fn retry_config(object: &Bound<'_, PyAny>) -> PyResult<RetryConfig> {
    let given = object.getattr("retry_config")?;
    let mut retry = RetryConfig::default();
    if given.is_none() {
        return Ok(retry);
    }
    retry.max_retries = item(&given, "max_retries")?.unwrap_or(retry.max_retries);
    retry.retry_timeout = item::<Duration>(&given, "retry_timeout")?.unwrap_or(retry.retry_timeout);
    if let Some(backoff) = item::<Bound<'_, PyAny>>(&given, "backoff")? {
        let usual = BackoffConfig::default();
        retry.backoff = BackoffConfig {
            init_backoff: item(&backoff, "init_backoff")?.unwrap_or(usual.init_backoff),
            max_backoff: item(&backoff, "max_backoff")?.unwrap_or(usual.max_backoff),
            base: item(&backoff, "base")?.unwrap_or(usual.base),
        };
    }
    Ok(retry)
}

fn item<'py, T>(mapping: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<T>>
where
    T: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>,
{
    let value = mapping.call_method1("get", (name,))?;
    if value.is_none() { Ok(None) } else { value.extract().map(Some).map_err(Into::into) }
}

/// Refuses a server's address to which no request can go: signing such a request panics in `object_store`.
fn check_address(class: &str, option: &str, address: &str) -> PyResult<()> {
    let trouble = match Url::parse(address) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => "it does not start with http:// or https://".to_owned(),
        Ok(_) if !address.bytes().all(|byte| byte.is_ascii_graphic()) => "it has characters that no URL has".to_owned(),
        Ok(_) => return Ok(()),
        Err(error) => error.to_string(),
    };
    // A user's password may stand in it.
    let shown = if address.contains('@') { plain(address) } else { address.to_owned() };
    Err(PyValueError::new_err(format!("{option} of {class} is no URL of a server: {shown:?} ({trouble})")))
}

/// Whether values go without a hash of theirs in the signature where nobody says otherwise: TLS proves already that they
/// arrive as they were sent. Hashing is what sending costs most, and Amazon's own clients do without it there, too.
fn leaves_values_unsigned(config: &Bound<'_, PyAny>, builder: &AmazonS3Builder) -> PyResult<bool> {
    for name in UNSIGNED_PAYLOAD {
        if config.contains(name)? || std::env::var_os(name.to_uppercase()).is_some() {
            return Ok(false);
        }
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    Ok(endpoint.is_none_or(|endpoint| endpoint.starts_with("https://")))
}

/// A client for the same place whose requests are counted; none for what sends no requests.
fn counted(object: &Bound<'_, PyAny>, connector: Connector) -> PyResult<Option<Connection>> {
    let failed = |e: object_store::Error| PyValueError::new_err(e.to_string());
    // Each service has a builder of its own type; what is done with it is the same.
    macro_rules! rebuild {
        ($class:ty, $builder:expr, $addresses:expr, $finish:expr) => {
            if let Ok(store) = object.cast::<$class>() {
                let mut builder = $builder
                    .with_client_options(client_options(object)?)
                    .with_retry(retry_config(object)?)
                    .with_http_connector(connector);
                if !object.getattr("credential_provider")?.is_none() {
                    let made = store.get().clone().into_inner();
                    builder = builder.with_credentials(made.inner().credentials().clone());
                }
                for entry in object.getattr("config")?.call_method0("items")?.try_iter()? {
                    let (key, value): (String, String) = entry?.extract()?;
                    builder = builder.with_config(key.parse().map_err(failed)?, value);
                }
                for option in $addresses {
                    if let Some(address) = builder.get_config_value(&option.parse().map_err(failed)?) {
                        check_address(&object.get_type().name()?.to_string(), option, &address)?;
                    }
                }
                let builder = $finish(builder)?;
                let prefix = object.getattr("prefix")?;
                let prefix = if prefix.is_none() { None } else { Some(prefix.str()?.extract::<String>()?) };
                let prefix = prefix.map(Path::from);
                let client = Arc::new(builder.build().map_err(failed)?);
                let paged = Some((client.clone() as Arc<dyn PaginatedListStore>, prefix.clone().unwrap_or_default()));
                let store: Arc<dyn ObjectStore> = match prefix {
                    Some(prefix) => Arc::new(PrefixStore::new(client, prefix)),
                    None => client,
                };
                return Ok(Some(Connection { store, paged }));
            }
        };
    }
    if object.cast::<PyHttpStore>().is_ok() {
        let builder = HttpBuilder::new()
            .with_url(object.getattr("url")?.str()?.extract::<String>()?)
            .with_client_options(client_options(object)?)
            .with_retry(retry_config(object)?)
            .with_http_connector(connector);
        return Ok(Some(Connection { store: Arc::new(builder.build().map_err(failed)?), paged: None }));
    }
    let unsigned = |builder: AmazonS3Builder| match leaves_values_unsigned(&object.getattr("config")?, &builder)? {
        true => PyResult::Ok(builder.with_unsigned_payload(true)),
        false => Ok(builder),
    };
    rebuild!(PyS3Store, AmazonS3Builder::from_env(), S3_ADDRESSES, unsigned);
    rebuild!(PyGCSStore, GoogleCloudStorageBuilder::from_env(), GCS_ADDRESSES, PyResult::Ok);
    rebuild!(PyAzureStore, MicrosoftAzureBuilder::from_env(), AZURE_ADDRESSES, PyResult::Ok);
    Ok(None)
}

impl Client for Builder {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn connect(&self, again: bool) -> Result<Connection> {
        exit::call(|| "the store cannot be built".to_owned(), |py| self.build(py, again))
    }
}
