//! On whose behalf a thread works. A codec or a store written in Python may itself read an array, while the engine waits
//! for it: such a call must not wait for threads and room that only come free when the codec is through.

use std::cell::Cell;

/// Whose work a thread, or a task, does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Under {
    /// A thread of the caller's.
    #[default]
    Nobody,
    /// The thread of an event loop on which coroutines run that the engine waits for.
    Loop,
    /// A job of the caller's.
    Job,
    /// A job that somebody started whom another job waits for.
    Nested,
    /// The same, started on the thread of that event loop, which now waits.
    NestedInLoop,
}

thread_local! {
    static HERE: Cell<Under> = const { Cell::new(Under::Nobody) };
}

tokio::task_local! {
    static TASK: Under;
}

impl Under {
    /// Of this thread.
    pub fn here() -> Self {
        HERE.get()
    }

    /// Of this task, where it is one of a job.
    pub(crate) fn task() -> Self {
        TASK.try_with(|under| *under).unwrap_or(Self::Job)
    }

    /// What a job works under that this thread starts and waits for.
    pub(crate) fn job() -> Self {
        match Self::here() {
            Self::Nobody => Self::Job,
            Self::Job | Self::Nested => Self::Nested,
            Self::Loop | Self::NestedInLoop => Self::NestedInLoop,
        }
    }

    /// What a part of this thread's, or task's, own work works under on another thread.
    pub(crate) fn part() -> Self {
        match Self::here() {
            Self::Nobody => Self::task(),
            Self::Loop => Self::NestedInLoop,
            under => under,
        }
    }

    /// The same where the thread goes on meanwhile: `work` is then polled elsewhere.
    pub fn awaited<F: Future>(work: F) -> impl Future<Output = F::Output> {
        let under = match Self::here() {
            Self::Loop => Self::Nested,
            _ => Self::job(),
        };
        under.task_of(work)
    }

    pub(crate) fn is_nested(self) -> bool {
        matches!(self, Self::Nested | Self::NestedInLoop)
    }

    /// Makes this thread work under it from now on.
    pub fn mark(self) {
        HERE.set(self);
    }

    /// Does some work on this thread.
    pub(crate) fn work<T>(self, work: impl FnOnce() -> T) -> T {
        struct Back(Under);
        impl Drop for Back {
            fn drop(&mut self) {
                HERE.set(self.0);
            }
        }
        let _back = Back(HERE.replace(self));
        work()
    }

    /// The same as a task of tokio's.
    pub(crate) fn task_of<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        TASK.scope(self, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_nested_where_another_waits_for_who_starts_it() {
        let under = |here: Under| here.work(Under::job);
        assert_eq!(Under::job(), Under::Job);
        assert_eq!(under(Under::Job), Under::Nested);
        assert_eq!(under(Under::Nested), Under::Nested);
        assert_eq!(under(Under::Loop), Under::NestedInLoop);
        assert_eq!(Under::Loop.work(|| under(Under::job())), Under::NestedInLoop);
        assert_eq!(Under::here(), Under::Nobody, "the thread is as it was");
        let awaited = Under::Loop.work(|| Under::awaited(async { Under::task() }));
        assert_eq!(pollster::block_on(awaited), Under::Nested, "the loop is free");
        assert_eq!(Under::task(), Under::Job);
    }
}
