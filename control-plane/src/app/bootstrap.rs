//! Offers the bootstrap token to whoever may read its file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use crate::ctx::Shared;
use crate::fleet::api_keys;

/// Writes a token (mode 0600) if one is needed and the file has none that is good.
pub(super) async fn offer(shared: &Shared, file: &Path) -> anyhow::Result<()> {
    let held = std::fs::read_to_string(file).map(zeroize::Zeroizing::new).ok();
    let held = held.as_ref().map(|held| held.as_str());
    let Some(token) = api_keys::bootstrap_token(shared, held).await? else { return Ok(()) };
    write(file, token.as_bytes()).with_context(|| {
        format!("the bootstrap token cannot be written to {} (`bootstrap.token_file`)", file.display())
    })?;
    tracing::info!(
        file = %file.display(),
        "no admin key has been used yet: the bootstrap token in this file makes one within the hour"
    );
    Ok(())
}

fn write(file: &Path, token: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = file.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        new.write_all(token)?;
        new.write_all(b"\n")?;
        std::fs::rename(&draft, file)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written
}
