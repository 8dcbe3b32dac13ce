//! What the tests share: a fleet with real keys, and a scripted stand-in for the control plane.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

pub mod bench;
pub mod bundle;
pub mod control_plane;
pub mod fleet;
pub mod host;
pub mod process;
