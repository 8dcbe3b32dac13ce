//! What is found around the scripts: manifest, texts, icon, files.

use super::*;

#[test]
fn an_app_without_a_flaw_has_no_findings() {
    assert_eq!(Folder::new("").found(), [""; 0]);
}

#[test]
fn problems_of_the_manifest_have_their_places() {
    let folder = Folder::new("");
    folder
        .write("manifest.yml", &format!("{HEAD}timout_seconds: 3\ninputs:\n  - {{name: a, type: strng}}\n"));
    assert_eq!(
        folder.found()[..2],
        [
            "12:1 PV001 error: timout_seconds: there is no key `timout_seconds` here; did you mean `timeout_seconds`? \
             (MANIFEST_UNKNOWN_KEY)",
            "14:15 PV001 error: inputs[0].type: `strng` is not one of: string, text, integer, boolean, password, select, \
             multiselect, email, port, domain, url, path. Did you mean `string`? (MANIFEST_INVALID_VALUE)",
        ]
    );
    folder.write("manifest.yml", &format!("{HEAD}backup_script: backup.sh\n{INPUTS}"));
    assert_eq!(folder.codes(), ["PV001"]);
    std::fs::remove_file(folder.path().join("manifest.yml")).unwrap();
    assert!(folder.codes().contains(&"PV001"));
}

#[test]
fn what_cannot_be_packed_is_found_beside_problems_of_the_manifest() {
    let folder = Folder::new("");
    folder.write("manifest.yml", "id: app\n");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd")).unwrap();
    let codes = folder.codes();
    assert!(codes.contains(&"PV003") && codes.contains(&"PV001"), "{:#?}", folder.found());
}

#[test]
fn missing_texts_are_found() {
    let folder = Folder::new("");
    let manifest = "id: app\nname: App\nversion: 1.0.0\ninstall_script: install.sh\nicon: globe\ninputs:\n  - {name: site, type: string}\n\
        outputs:\n  - {name: address}\n";
    folder.write("manifest.yml", manifest);
    let found = folder.found();
    let of = |code: &str| found.iter().filter(|it| it.contains(code)).count();
    assert_eq!((of("PV004"), of("PV005"), of("PV007")), (7, 1, 2), "{found:#?}");
    assert!(
        found.contains(
            &"7:5 PV004 warning: inputs[0]: `site` has no `label`, so a form shows its variable's name"
                .to_owned()
        )
    );
}

#[test]
fn remarks_of_the_manifest_are_warnings() {
    let folder = Folder::new("");
    folder.write(
        "manifest.yml",
        &format!("{HEAD}{INPUTS}os_requirements: {{family: [debian, ubuntu], min_version: '12'}}\n"),
    );
    assert_eq!(folder.codes(), ["PV002"]);
}

#[test]
fn an_input_that_no_script_uses_is_found() {
    let folder = Folder::new("");
    let more = "  - {name: forgotten, type: string, label: F, description: D.}\noutputs:";
    folder.write("manifest.yml", &format!("{HEAD}{}", INPUTS.replace("outputs:", more)));
    assert_eq!(folder.found(), ["17:6 PV009 warning: inputs[4]: no script uses `forgotten` (as FORGOTTEN)"]);
    folder.write("site.conf.in", "name {{word FORGOTTEN}}\n");
    assert_eq!(folder.found(), [""; 0]);
    folder.write("site.conf.in", "name {{word FORGOTTEN_NOT}}\n");
    assert_eq!(folder.codes(), ["PV009"]);
}

#[test]
fn a_script_that_cannot_be_started_is_found() {
    let folder = Folder::new("").script("install.sh", &format!("set -euo pipefail\n{USES}"));
    assert_eq!(folder.codes(), ["PV008"]);
    let folder = Folder::new("");
    std::fs::set_permissions(
        folder.path().join("install.sh"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    assert_eq!(folder.codes(), ["PV008"]);
}

#[test]
fn an_icon_that_does_more_than_draw_is_found() {
    for (icon, codes) in [
        (ICON, &[][..]),
        (
            "<svg viewBox='0 0 1 1'><defs><linearGradient id='a'/></defs><rect fill='url(#a)'/><use href='#a'/></svg>",
            &[],
        ),
        ("<svg viewBox='0 0 1 1'><script>alert(1)</script></svg>", &["PV006"]),
        ("<svg viewBox='0 0 1 1' onload='alert(1)'/>", &["PV006"]),
        ("<svg viewBox='0 0 1 1'><a xlink:href='javascript:alert(1)'/></svg>", &["PV006", "PV006"]),
        ("<svg viewBox='0 0 1 1'><image href='https://example.com/x.png'/></svg>", &["PV006"]),
        ("<svg viewBox='0 0 1 1'><image href=\"data:image/png;base64,x\"/></svg>", &["PV006"]),
        (
            "<svg viewBox='0 0 1 1'><style>@import 'x'; a{fill:url(https://example.com/)}</style></svg>",
            &["PV006", "PV006"],
        ),
        (
            "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg viewBox='0 0 1 1'/>",
            &["PV006", "PV006"],
        ),
        ("<svg viewBox='0 0 1 1'><foreignObject/></svg>", &["PV006"]),
        ("<svg/>", &["PV006"]),
        ("a picture", &["PV006"]),
        ("<?xml-stylesheet href='#x'?><svg viewBox='0 0 1 1'/>", &["PV006"]),
    ] {
        let folder = Folder::new("");
        folder.write("icon.svg", icon);
        assert_eq!(folder.codes(), codes, "{icon}\n{:#?}", folder.found());
    }
    let folder = Folder::new("");
    folder.write("icon.svg", &format!("{ICON}<!--{}-->", "x".repeat(40_000)));
    assert_eq!(folder.codes(), ["PV006"]);
}

#[test]
fn the_first_published_form_of_a_script_has_no_errors() {
    let manifest = "
id: app-identifier
name: Human Readable Name
version: 1.0.0
description: Brief description
category: category-name
author: Maintainer
homepage: https://example.com
os_requirements:
  family: [ubuntu, debian]
  min_version: \"20.04\"
inputs:
  - name: server_name
    type: string
    label: Display Label
    description: Help text
    required: true
    validation:
      pattern: \"^[a-z.]+$\"
  - name: port
    type: port
    label: Port
    description: Help text
    default: 80
install_script: install.sh
timeout_seconds: 600
idempotent: true
";
    let script = r#"#!/bin/bash
set -euo pipefail  # Strict error handling

# 1. Logging
log() { echo "[$(date +'%Y-%m-%d %H:%M:%S')] $*"; }
error() { log "ERROR: $*"; exit "${2:-2}"; }

# 2. Read from environment (UPPERCASE)
SERVER_NAME="${SERVER_NAME}"
PORT="${PORT:-80}"

# 3. Validate inputs
[[ -z "${SERVER_NAME:-}" ]] && error "SERVER_NAME not set" 1

# 4. Check idempotency
if command -v nginx &> /dev/null; then
    log "Already installed, updating config"
fi

# 5. Non-interactive installation
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq nginx

# 6. Configuration (no prompts)
cat > /etc/nginx/nginx.conf <<EOF
server_name $SERVER_NAME;
EOF

# 7. Validation
nginx -t || error "Config test failed" 3

# 8. Service management
systemctl enable nginx
systemctl restart nginx

# 9. Verification
systemctl is-active nginx || error "Service failed to start"
exit 0
"#;
    let folder = Folder::new("").script("install.sh", script);
    folder.write("manifest.yml", manifest);
    let found = folder.findings();
    let errors: Vec<&str> =
        found.iter().filter(|it| it.level == Level::Error).map(|it| it.message.as_str()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let warned = folder.codes();
    assert!(
        warned.contains(&"PV027") && warned.contains(&"PV007") && warned.contains(&"PV005"),
        "{warned:?}"
    );
}
