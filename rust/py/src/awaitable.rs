//! Futures for asyncio, completed from this process' tokio runtime into whichever loop is running.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{self, ContextExt, JoinError, Runtime};
use zarrust_core::error::Result;
use zarrust_core::runtime;
use zarrust_core::under::Under;

use crate::error::{Failure, to_python};
use crate::exit::{Visiting, visit};

/// An awaitable for `future`, bound to the running loop.
pub fn awaitable<'py, T>(
    py: Python<'py>,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'a> IntoPyObject<'a> + Send + 'static,
{
    let runtime = runtime::current().map_err(|e| Failure::Core(e).into_python(py))?;
    let locals = TaskLocals::with_running_loop(py)?.copy_context(py)?;
    let _inside = runtime.handle().enter();
    let future = Under::awaited(runtime::caught(future));
    generic::future_into_py_with_locals::<Tokio, _, T>(py, locals, async move {
        future.await.map_err(|error| Python::attach(|py| to_python(py, &error)))
    })
}

/// The runtime of the process as the bridge to asyncio wants it; always used from inside its context.
struct Tokio;

struct Handle(tokio::task::JoinHandle<()>);

struct Failed(tokio::task::JoinError);

impl JoinError for Failed {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.0.into_panic()
    }
}

impl Future for Handle {
    type Output = Result<(), Failed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_err(Failed)
    }
}

impl Runtime for Tokio {
    type JoinError = Failed;
    type JoinHandle = Handle;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> Handle {
        Handle(tokio::spawn(Visiting::new(future)))
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Handle {
        Handle(tokio::task::spawn_blocking(move || visit(work)))
    }
}

impl ContextExt for Tokio {
    fn scope<F, R>(_locals: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(future)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}
