//! Generates the Rust code of `proto/` from its `.proto` files. The result is committed, so that a build needs no
//! generator; a test regenerates it and fails on a difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use prost::Message;

const AGENT: &[&str] = &[
    "purvey/agent/v1/common.proto",
    "purvey/agent/v1/enrollment_service.proto",
    "purvey/agent/v1/agent_service.proto",
];
const PUBLIC: &[&str] = &[
    "google/rpc/status.proto",
    "purvey/v1/app_service.proto",
    "purvey/v1/identity_service.proto",
    "purvey/v1/install_service.proto",
    "purvey/v1/job_service.proto",
    "purvey/v1/registry_service.proto",
    "purvey/v1/server_service.proto",
];

/// Writes the generated code, or with `check` fails and names the files that are not as they would be written.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let gen_dir = root.join("proto/src/gen");
    let wanted = generate(&root.join("proto"))?;
    let mut stale = Vec::new();
    for (name, content) in &wanted {
        let path = gen_dir.join(name);
        if fs::read(&path).ok().as_deref() == Some(content) {
            continue;
        }
        if check {
            stale.push(name.clone());
        } else {
            fs::create_dir_all(&gen_dir)?;
            fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    for entry in fs::read_dir(&gen_dir).into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !wanted.contains_key(&name) {
            if check {
                stale.push(name);
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    if !stale.is_empty() {
        bail!("proto/src/gen is stale ({}): run `cargo xtask codegen`", stale.join(", "));
    }
    Ok(())
}

fn generate(proto: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let out = tempdir()?;
    let agent = descriptors(proto, AGENT)?;
    tonic_prost_build::configure()
        .build_transport(false)
        .bytes(".purvey.agent.v1.LogChunk")
        .bytes(".purvey.agent.v1.GetBundleResponse")
        .out_dir(&out.0)
        .compile_fds(prost_types(&agent)?)
        .context("generating purvey.agent.v1")?;
    let public = descriptors(proto, PUBLIC)?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "crate::google::protobuf")
        .out_dir(&out.0)
        .compile_fds(prost_types(&public)?)
        .context("generating purvey.v1")?;
    pbjson_build::Builder::new()
        .register_descriptors(&public)?
        .extern_path(".google.protobuf", "crate::google::protobuf")
        .out_dir(&out.0)
        .build(&[".purvey.v1", ".google.rpc"])
        .context("generating the JSON form of purvey.v1")?;

    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&out.0)? {
        let entry = entry?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
    }
    // What gRPC reflection serves, comments left out.
    files.insert("purvey.v1.descriptors.bin".into(), public);
    Ok(files)
}

/// The encoded descriptor set of the files and all they import. Kept as bytes: `prost_types` would drop options.
fn descriptors(proto: &Path, files: &[&str]) -> Result<Vec<u8>> {
    let mut compiler = protox::Compiler::new([proto.to_path_buf(), proto.join("third_party")])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(files)?;
    Ok(compiler.encode_file_descriptor_set())
}

fn prost_types(bytes: &[u8]) -> Result<prost_types::FileDescriptorSet> {
    Ok(prost_types::FileDescriptorSet::decode(bytes)?)
}

struct TempDir(PathBuf);

impl Drop for TempDir {
    fn drop(&mut self) {
        // Best effort: it lies in the temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tempdir() -> Result<TempDir> {
    let path = std::env::temp_dir().join(format!("purvey-codegen-{}", std::process::id()));
    fs::create_dir_all(&path)?;
    Ok(TempDir(path))
}
