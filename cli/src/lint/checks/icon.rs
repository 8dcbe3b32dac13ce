//! The icon: there, small, and nothing but a picture.

use std::sync::Arc;

use crate::lint::app::App;
use crate::lint::finding::{Finding, Source};
use crate::lint::rules::{self, Level};

const MAX_BYTES: usize = 32 * 1024;

/// Elements that do more than draw.
const ELEMENTS: &[&str] =
    &["script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "set", "animate"];

pub(crate) fn check(app: &App, found: &mut Vec<Finding>) {
    let Some(manifest) = &app.manifest else { return };
    let Some(icon) = manifest.icon.as_deref().filter(|icon| icon.contains('.')) else {
        let message = match &manifest.icon {
            None => "there is no `icon`".to_owned(),
            Some(name) => format!("the icon is `{name}`, which other apps have too; draw one of its own"),
        };
        found.push(Finding::of_file(rules::ICON_MISSING, &app.manifest_source, message));
        return;
    };
    let path = app.folder.join(icon);
    let shown = path.display().to_string();
    let Ok(bytes) = std::fs::read(&path) else { return };
    let size = bytes.len();
    let source = Arc::new(Source { path: shown, text: String::from_utf8(bytes).unwrap_or_default() });
    if size > MAX_BYTES {
        let message = format!("it has {size} bytes, and {MAX_BYTES} are enough for an icon");
        found.push(Finding::of_file(rules::ICON_UNSAFE, &source, message));
    }
    if !icon.ends_with(".svg") {
        let message = "it is no SVG, and cannot be shown sharp in every size";
        found.push(Finding {
            level: Level::Warning,
            ..Finding::of_file(rules::ICON_UNSAFE, &source, message)
        });
        return;
    }
    svg(&source, found);
}

pub(crate) fn svg(source: &Arc<Source>, found: &mut Vec<Finding>) {
    // Only ASCII changes, so that offsets stay what they are.
    let text = source.text.to_ascii_lowercase();
    let mut unsafe_at = |from: usize, to: usize, message: String| {
        found.push(Finding::at(rules::ICON_UNSAFE, source, (from, to), message));
    };
    let mut root = None;
    for (at, _) in text.match_indices('<') {
        let rest = &text[at + 1..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric() || ":-".contains(*c)).collect();
        let local = name.rsplit(':').next().unwrap_or_default();
        let end = at + 1 + tag.len();
        if tag.starts_with('!') && !tag.starts_with("!--") || tag.starts_with("?xml-stylesheet") {
            unsafe_at(at, end, "a declaration can bring in what is outside of the file".to_owned());
        }
        if ELEMENTS.contains(&local) {
            unsafe_at(at, end, format!("<{name}> does more than draw"));
        }
        if local == "svg" && root.is_none() {
            root = Some(tag);
        }
        for (attribute, value) in attributes(tag) {
            let place = (at + 1 + attribute.start, at + 1 + attribute.end);
            let key = &tag[attribute];
            let key = key.rsplit(':').next().unwrap_or_default();
            if key.starts_with("on") {
                unsafe_at(place.0, place.1, format!("`{key}` runs a script"));
            }
            if matches!(key, "href" | "src") && !value.trim_start().starts_with('#') {
                unsafe_at(place.0, place.1, format!("`{key}` refers to something outside of the file"));
            }
        }
    }
    for (word, message) in [
        ("javascript:", "a script"),
        ("@import", "a style sheet from elsewhere"),
        ("expression(", "a script in a style"),
    ] {
        for (at, _) in text.match_indices(word) {
            unsafe_at(at, at + word.len(), message.to_owned());
        }
    }
    for (at, _) in text.match_indices("url(") {
        let inner = text[at + 4..].trim_start_matches(['"', '\'', ' ', '&']);
        if !inner.starts_with('#') {
            unsafe_at(at, at + 4, "`url(...)` refers to something outside of the file".to_owned());
        }
    }
    match root {
        None => found.push(Finding::of_file(rules::ICON_UNSAFE, source, "it has no <svg> element")),
        Some(tag) if !tag.contains("viewbox") => {
            let message = "<svg> has no viewBox, so it cannot be shown in another size";
            found.push(Finding {
                level: Level::Warning,
                ..Finding::of_file(rules::ICON_UNSAFE, source, message)
            });
        }
        Some(_) => {}
    }
}

/// The attributes of a tag: where the name is, and the value.
fn attributes(tag: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut found = Vec::new();
    for (at, _) in tag.match_indices('=') {
        let before = tag[..at].trim_end();
        let start = before.rfind(|c: char| c.is_whitespace() || "\"'/".contains(c)).map_or(0, |at| at + 1);
        let value = tag[at + 1..].trim_start();
        let quote = value.chars().next().filter(|c| "\"'".contains(*c));
        let value = match quote {
            Some(quote) => value[1..].split(quote).next().unwrap_or_default(),
            None => value.split_whitespace().next().unwrap_or_default(),
        };
        if start < before.len() {
            found.push((start..before.len(), value));
        }
    }
    found
}
