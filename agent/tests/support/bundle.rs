//! Bundles made on the spot.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use purvey_contract::bundle::{self, Bundle};

/// A bundle of one script with the given lines added to its manifest.
pub fn script(body: &str, manifest: &str) -> Bundle {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "id: hello\nname: Hello\nversion: 1.0.0\nrelease: 5\npublisher: acme\ndescription: Says hello.\n\
         install_script: install.sh\nuninstall_script: install.sh\n{manifest}"
    );
    fs::write(folder.path().join("manifest.yml"), text).unwrap();
    let path = folder.path().join("install.sh");
    fs::write(&path, format!("#!/bin/bash\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    bundle::build(folder.path(), None).unwrap()
}
