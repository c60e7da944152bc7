//! Object stores that Python built, rebuilt in a forked child: connections of the parent are not for it.

use std::sync::Arc;

use object_store::ObjectStore;
use pyo3::prelude::*;
use pyo3_object_store::{AnyObjectStore, PyExternalObjectStore, PyObjectStore};
use zarrust_core::error::{Error, ErrorKind, Result};
use zarrust_core::stores::Client;

/// A builder's object, from which a client can be made again.
pub struct Builder {
    python: Py<PyAny>,
    identity: String,
}

impl Builder {
    /// Takes one of `zarrust.store`'s builders or an object of obstore's.
    pub fn new(python: Bound<'_, PyAny>) -> PyResult<Self> {
        let client = python.extract::<AnyObjectStore>()?.into_dyn();
        Ok(Self { identity: client.to_string(), python: python.unbind() })
    }

    fn rebuild(&self, py: Python<'_>) -> PyResult<Arc<dyn ObjectStore>> {
        let object = self.python.bind(py);
        match object.extract::<PyObjectStore>() {
            // A client that lives in the object itself is the parent's when this is a child: build it anew by its arguments.
            Ok(own) if object.hasattr("__getnewargs_ex__")? => {
                let (args, options): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
                    object.call_method0("__getnewargs_ex__")?.extract()?;
                let fresh = object.get_type().call(args.cast()?, Some(options.cast()?))?;
                fresh.extract::<PyObjectStore>().map_or(Ok(own.into_dyn()), |fresh| Ok(fresh.into_dyn()))
            }
            Ok(own) => Ok(own.into_dyn()),
            Err(_) => Ok(object.extract::<PyExternalObjectStore>()?.into_dyn()),
        }
    }
}

impl Client for Builder {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn connect(&self, again: bool) -> Result<Arc<dyn ObjectStore>> {
        let made = Python::try_attach(|py| {
            if again { self.rebuild(py) } else { Ok(self.python.bind(py).extract::<AnyObjectStore>()?.into_dyn()) }
        });
        match made {
            Some(Ok(client)) => Ok(client),
            Some(Err(e)) => Err(Error::foreign(Arc::new(e), "the store cannot be built")),
            None => Err(Error::new(ErrorKind::Cancelled, "the interpreter is shutting down")),
        }
    }
}
