//! Purvey's wire types, generated from the `.proto` files beside this crate by `cargo xtask codegen`.
//!
//! [`agent`] is the protocol between agents and the control plane. [`v1`] is the public API, behind the feature
//! `public`, so that an agent carries neither it nor its JSON form.

/// The protocol versions that this build speaks, both ends included.
pub const PROTOCOL_VERSIONS: std::ops::RangeInclusive<u32> = 1..=1;

/// `purvey.agent.v1`: between an agent and the control plane.
#[allow(
    clippy::doc_markdown,
    clippy::large_enum_variant,
    clippy::allow_attributes_without_reason,
    unreachable_pub,
    reason = "generated"
)]
pub mod agent {
    include!("gen/purvey.agent.v1.rs");
}

#[cfg(feature = "public")]
pub use purvey::v1;

// Nested as its package is named, because generated code names its neighbours relative to that.
#[cfg(feature = "public")]
mod purvey {
    /// `purvey.v1`: the public API.
    #[allow(
        clippy::doc_markdown,
        clippy::large_enum_variant,
        clippy::allow_attributes_without_reason,
        clippy::str_to_string,
        clippy::uninlined_format_args,
        unreachable_pub,
        reason = "generated"
    )]
    pub mod v1 {
        include!("gen/purvey.v1.rs");
        include!("gen/purvey.v1.serde.rs");

        /// The encoded descriptor set, for gRPC reflection.
        pub const DESCRIPTORS: &[u8] = include_bytes!("gen/purvey.v1.descriptors.bin");
    }
}

/// What the public API takes from Google's packages.
#[cfg(feature = "public")]
pub mod google {
    pub mod protobuf;

    /// `google.rpc`: the standard error model, as the JSON form of batch results needs it.
    #[allow(
        clippy::doc_markdown,
        clippy::allow_attributes_without_reason,
        clippy::str_to_string,
        clippy::uninlined_format_args,
        unreachable_pub,
        reason = "generated"
    )]
    pub mod rpc {
        include!("gen/google.rpc.rs");
        include!("gen/google.rpc.serde.rs");
    }
}
