//! How much of a machine judging takes.

use std::num::NonZero;
use std::sync::Arc;

/// All cores, or one, with pauses.
#[derive(Clone)]
pub(crate) struct Pace {
    pub(crate) cores: usize,
    pause: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Pace {
    /// As quick as the machine allows.
    pub(crate) fn full() -> Pace {
        Pace { cores: std::thread::available_parallelism().map_or(1, NonZero::get), pause: None }
    }

    /// On one core, with a pause now and then.
    pub(crate) fn beside(pause: Arc<dyn Fn() + Send + Sync>) -> Pace {
        Pace { cores: 1, pause: Some(pause) }
    }

    /// Between steps of a few milliseconds at most.
    pub(crate) fn step(&self) {
        if let Some(pause) = &self.pause {
            pause();
        }
    }
}
