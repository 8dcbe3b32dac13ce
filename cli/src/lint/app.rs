//! An app's folder as the checks see it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use purvey_contract::manifest::{Input, InputKind, MANIFEST_FILE, Manifest};

use super::finding::Source;
use super::shell::Script;

/// Larger files are not looked into.
const MAX_BYTES: u64 = 1024 * 1024;

/// An app's folder.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) folder: PathBuf,
    /// The shell library beside the app, which becomes its `lib/`.
    pub(crate) library: Option<PathBuf>,
    pub(crate) manifest_source: Arc<Source>,
    /// None if it has problems.
    pub(crate) manifest: Option<Manifest>,
    /// Its own shell scripts.
    pub(crate) scripts: Vec<ScriptFile>,
    /// The scripts of the library: not looked at for findings, but for what they define.
    pub(crate) library_scripts: Vec<Script>,
    /// Its other text files: templates, and scripts in other languages.
    pub(crate) texts: Vec<Arc<Source>>,
}

/// A shell script of the app.
#[derive(Debug)]
pub(crate) struct ScriptFile {
    /// In the bundle.
    pub(crate) path: String,
    pub(crate) source: Arc<Source>,
    pub(crate) script: Script,
    pub(crate) is_executable: bool,
    /// Whether an action runs it, by the manifest.
    pub(crate) is_entry: bool,
}

impl App {
    /// Reads a folder. The manifest is parsed by the caller, who reports its problems.
    pub(crate) fn read(folder: &Path) -> std::io::Result<Self> {
        let real = folder.canonicalize()?;
        let library =
            real.parent().map(|parent| parent.join("lib")).filter(|lib| lib.join("purvey.sh").is_file());
        let shown = |path: &str| folder.join(path).display().to_string();
        let bytes = std::fs::read(folder.join(MANIFEST_FILE)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let manifest_source = Arc::new(Source { path: shown(MANIFEST_FILE), text });
        let manifest = Manifest::read(&bytes).ok();
        let entries: BTreeSet<String> =
            manifest.iter().flat_map(Manifest::script_files).map(str::to_owned).collect();
        let mut files = Vec::new();
        walk(&real, "", &mut files)?;
        let (mut scripts, mut library_scripts, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (path, mode) in files {
            let Ok(text) = std::fs::read_to_string(real.join(&path)) else { continue };
            if path.strip_prefix("lib/").is_some_and(|name| crate::scaffold::is_shared(name, &text)) {
                library_scripts.push(Script::read(&text));
                continue;
            }
            let source = Arc::new(Source { path: shown(&path), text });
            let is_entry = entries.contains(&path);
            if is_shell(&path, &source.text, is_entry) {
                let script = Script::read(&source.text);
                scripts.push(ScriptFile { path, script, is_executable: mode & 0o100 != 0, is_entry, source });
            } else if path != MANIFEST_FILE {
                texts.push(source);
            }
        }
        let mut beside = Vec::new();
        if let Some(library) = &library {
            walk(library, "", &mut beside)?;
        }
        for (path, _) in beside.iter().filter(|(path, _)| path.ends_with(".sh") && !path.contains('/')) {
            let text = library.as_ref().and_then(|library| std::fs::read_to_string(library.join(path)).ok());
            library_scripts.extend(text.map(|text| Script::read(&text)));
        }
        let folder = folder.to_owned();
        Ok(Self { folder, library, manifest_source, manifest, scripts, library_scripts, texts })
    }

    /// The inputs, none if the manifest has problems.
    pub(crate) fn inputs(&self) -> &[Input] {
        self.manifest.as_ref().map(|manifest| manifest.inputs.as_slice()).unwrap_or_default()
    }

    /// The input behind a variable.
    pub(crate) fn input_of(&self, variable: &str) -> Option<&Input> {
        self.inputs().iter().find(|input| input.env_name() == variable)
    }

    /// Whether the shell itself runs what has this name, so that its arguments are seen by nobody: a function or builtin.
    pub(crate) fn is_of_the_shell(&self, name: &str) -> bool {
        const BUILTINS: &[&str] = &[
            ":",
            ".",
            "[",
            "[[",
            "((",
            "break",
            "case",
            "cd",
            "continue",
            "declare",
            "echo",
            "eval",
            "exit",
            "export",
            "false",
            "for",
            "hash",
            "let",
            "local",
            "mapfile",
            "printf",
            "pwd",
            "read",
            "readarray",
            "readonly",
            "return",
            "select",
            "set",
            "shift",
            "shopt",
            "source",
            "test",
            "trap",
            "true",
            "type",
            "typeset",
            "umask",
            "unset",
            "wait",
        ];
        BUILTINS.contains(&name) || self.functions().any(|function| function == name)
    }

    /// The functions of its scripts and of the library.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &str> {
        let own = self.scripts.iter().map(|file| &file.script);
        own.chain(&self.library_scripts).flat_map(|script| script.functions.iter().map(String::as_str))
    }
}

/// Whether values of this input can hold nothing but letters, digits and a few harmless signs.
pub(crate) fn is_tame(input: &Input) -> bool {
    let by_kind = match input.kind {
        InputKind::Integer | InputKind::Port | InputKind::Boolean | InputKind::Domain | InputKind::Email => {
            true
        }
        // The author chose the values.
        InputKind::Select | InputKind::Multiselect => true,
        InputKind::String | InputKind::Text | InputKind::Password | InputKind::Url | InputKind::Path => false,
    };
    by_kind || input.validation.pattern.is_some() || !input.validation.allowed_values.is_empty()
}

fn is_shell(path: &str, text: &str, is_entry: bool) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let by_line =
        ["bash", "/sh", " sh", "dash"].iter().any(|shell| first.starts_with("#!") && first.ends_with(shell));
    by_line || path.ends_with(".sh") || path.ends_with(".bash") || (is_entry && !first.starts_with("#!"))
}

/// The files that a bundle of the folder would have, with their modes.
fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, u32)>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || (prefix.is_empty() && name == "tests") || found.len() > 5000 {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if kind.is_file() {
            let metadata = entry.metadata()?;
            if metadata.len() <= MAX_BYTES {
                found.push((format!("{prefix}{name}"), metadata.permissions().mode()));
            }
        }
    }
    Ok(())
}
