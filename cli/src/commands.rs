//! The commands, one file each.

pub(crate) mod app;
pub(crate) mod bundle;
pub(crate) mod context;
pub(crate) mod install;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod lab;
pub(crate) mod lint;
pub(crate) mod login;
pub(crate) mod new;
pub(crate) mod publisher;
pub(crate) mod receipt;
pub(crate) mod server;
pub(crate) mod shell;
pub(crate) mod whoami;

mod span;
