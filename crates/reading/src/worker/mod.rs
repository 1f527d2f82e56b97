//! The sandboxed worker: foreign bytes are decoded in a child process that has locked itself in.
//!
//! The parent side is [`Pool`], the child side [`main`]. The program re-executes itself with a
//! verb that calls [`main`] and nothing else. Only bytes cross the boundary: no path, no
//! descriptor, no environment.

mod child;
mod confine;
mod pool;
mod protocol;

pub use child::{main, serve};
pub use confine::{Confinement, ConfinementPolicy, hide};
pub use pool::{Pool, PoolConfig, PoolError, WorkerCommand};
