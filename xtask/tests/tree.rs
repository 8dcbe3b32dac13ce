//! The checks of the source tree that need nothing but the tree, so that `cargo test` finds what `cargo xtask lint`
//! would.

use std::process::Command;

fn xtask(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).output().expect("xtask can be run");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo xtask {}:\n{said}", args.join(" "));
}

#[test]
fn the_source_tree_is_tidy() {
    xtask(&["tidy"]);
}

#[cfg(feature = "codegen")]
#[test]
fn the_generated_code_is_as_the_generator_writes_it() {
    xtask(&["codegen", "--check"]);
}
