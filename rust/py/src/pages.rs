//! A listing under way, page by page.

use std::sync::Arc;

use futures::StreamExt;
use futures::lock::Mutex;
use pyo3::prelude::*;
use zarrust_core::runtime;
use zarrust_core::stores::{Mode, Pages, Pending};

use crate::awaitable::awaitable;
use crate::enter;

/// The pages of a listing, each asked for when it is wanted.
#[pyclass(name = "Pages", module = "zarrust._core", frozen)]
pub struct PyPages {
    mode: Mode,
    pages: Arc<Mutex<Pages>>,
}

impl PyPages {
    pub fn new(mode: Mode, pages: Pages) -> Self {
        Self { mode, pages: Arc::new(Mutex::new(pages)) }
    }

    fn page(&self) -> Pending<'static, Option<Vec<String>>> {
        let pages = self.pages.clone();
        Box::pin(async move { pages.lock().await.next().await.transpose() })
    }
}

#[pymethods]
impl PyPages {
    fn next(&self, py: Python<'_>) -> PyResult<Option<Vec<String>>> {
        enter::call(py, self.mode, self.page())
    }

    fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaitable(py, runtime::call_async(self.mode, self.page()))
    }
}
