//! Values that a careless script would execute, or take for something else than a text.

use purvey_contract::inputs::Inputs;
use purvey_contract::manifest::{Input, InputKind, Manifest};
use serde_json::Value;

/// What a value makes if it is executed.
pub(crate) const CANARY: &str = "/run/pwned";

/// In each form: substitutions, separators, quotes, patterns and mark-up, other scripts, what looks like an option.
const LINES: [&str; 6] = [
    "a $(touch /run/pwned) $HOME ${PATH} b",
    "`touch /run/pwned`; touch /run/pwned | touch /run/pwned & touch /run/pwned #",
    r#"it's "so": \ \\ \n %s %n $1 ''""#,
    "<b>&amp;</b> *?[a-z] {1,2} ~ ! @ = , < > ; }",
    "日本 é ß 🐧 — ½",
    "-rf --help",
];
const TEXTS: [&str; 2] = [
    "first\n$(touch /run/pwned)\n\n`touch /run/pwned`\nEOF\nit's \"so\"; touch /run/pwned\n\t\\ last",
    "日本\n<b>&amp;</b>\n# ; touch /run/pwned\n%s ${HOME}\n.\n-rf",
];
const URLS: [&str; 2] =
    ["https://example.com/$(id)';id;'?a=$HOME&b=*", "https://example.com/!x;touch:(y)#$(id)&z"];

/// The hostile values that an input's own rules let through.
pub(crate) fn values(manifest: &Manifest, input: &Input) -> Vec<String> {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let candidates = match input.kind {
        InputKind::String | InputKind::Password | InputKind::Email | InputKind::Domain => own(&LINES),
        InputKind::Text => [own(&TEXTS), own(&LINES)].concat(),
        InputKind::Path => LINES.iter().map(|line| format!("/srv/{line}")).collect(),
        InputKind::Url => own(&URLS),
        _ => Vec::new(),
    };
    let alone = alone(manifest, input);
    let taken = |value: &String| {
        let given = Inputs::from_iter([(input.name.clone(), Value::from(value.clone()))]);
        purvey_contract::inputs::validate(&alone, &given).is_ok()
    };
    candidates.into_iter().filter(taken).collect()
}

/// The manifest with this input only, always visible.
pub(super) fn alone(manifest: &Manifest, input: &Input) -> Manifest {
    let input = Input { visible_if: None, ..input.clone() };
    Manifest { inputs: vec![input], ..manifest.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(input: &str) -> Vec<String> {
        let text = format!(
            "id: app\nname: App\nversion: 1.0.0\ninstall_script: install.sh\ninputs:\n  - {{name: it, {input}}}\n"
        );
        let manifest = Manifest::parse(&text).unwrap();
        values(&manifest, &manifest.inputs[0])
    }

    #[test]
    fn an_input_gets_the_values_that_its_rules_let_through() {
        assert_eq!(taken("type: string").len(), LINES.len());
        assert_eq!(taken("type: password").len(), LINES.len());
        assert_eq!(taken("type: text").len(), LINES.len() + TEXTS.len());
        assert!(
            taken("type: path").iter().all(|path| path.starts_with("/srv/"))
                && taken("type: path").len() >= 5
        );
        assert_eq!(taken("type: url").len(), URLS.len());
        for safe in [
            "type: email",
            "type: domain",
            "type: port",
            "type: boolean",
            "type: string, validation: {pattern: '[a-z]*'}",
        ] {
            assert_eq!(taken(safe), [""; 0], "{safe}");
        }
    }
}
