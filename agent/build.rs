//! Links the released program small: with packed relocations, which take 8 KiB instead of 400 KiB (glibc reads them since
//! 2.36), and without the tables for unwinding, of which a program that ends on a panic has no use.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script reads its environment and is heard on standard output"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    // The profile `agent`, whose panics abort; in no other profile is this optimisation used.
    if is("OPT_LEVEL", "z") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        let script =
            format!("{}/no-unwind-tables.ld", std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
        println!("cargo::rerun-if-changed={script}");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{script}");
    }
}
