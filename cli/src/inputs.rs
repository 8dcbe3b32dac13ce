//! An install's inputs from the command line, files and questions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use purvey_sdk::protobuf::Struct;
use purvey_sdk::v1::InputField;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::{prompt, session, yaml};

/// Where inputs come from. Later ones win over the file; the same name twice is an error.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct InputArgs {
    /// Set an input (repeat for more; repeat the same name for lists). Not for secrets: others see the command line
    #[arg(long = "set", value_name = "NAME=VALUE", help_heading = "Inputs")]
    pub(crate) set: Vec<Assignment>,
    /// Set an input to a file's content, without its last line feed (`-`: standard input)
    #[arg(long, value_name = "NAME=FILE", help_heading = "Inputs")]
    pub(crate) set_file: Vec<Assignment>,
    /// Ask for an input, without echo
    #[arg(long, value_name = "NAME", help_heading = "Inputs")]
    pub(crate) ask: Vec<String>,
    /// Take inputs from a YAML or JSON file (`-`: standard input)
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    pub(crate) inputs_file: Option<PathBuf>,
}

/// `NAME=VALUE`. The value may hold further `=` signs and may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err("it must be NAME=VALUE".to_owned()),
        }
    }
}

/// What to do about required secrets that were not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Ask for them, if somebody is there.
    Ask,
    /// Leave it to the control plane: an update keeps the values that it is not given.
    Leave,
}

impl InputArgs {
    /// Whether none was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.set_file.is_empty() && self.ask.is_empty() && self.inputs_file.is_none()
    }

    /// The inputs, for an app with these fields.
    pub(crate) fn collect(&self, fields: &[InputField], missing: Missing) -> Result<Struct, Failure> {
        self.refuse_secrets_on_the_command_line(fields)?;
        self.refuse_names_given_twice(fields)?;
        let mut inputs = self.of_file()?;
        for (name, value) in self.of_assignments(fields)? {
            inputs.insert(name, value);
        }
        for name in &self.ask {
            if !prompt::can_ask() {
                return Err(Failure::usage_with(
                    format!("`--ask {name}` needs a terminal"),
                    format!("use --set-file {name}=FILE, or --set-file {name}=- for standard input"),
                ));
            }
            inputs.insert(name.clone(), ask(fields, name)?);
        }
        if missing == Missing::Ask && prompt::can_ask() {
            for field in fields.iter().filter(|field| field.sensitive && field.required && !field.generated) {
                if !inputs.contains_key(&field.name)
                    && field.default_value.is_none()
                    && applies(field, &inputs, fields)
                {
                    inputs.insert(field.name.clone(), ask(fields, &field.name)?);
                }
            }
        }
        serde_json::from_value(Value::Object(inputs))
            .map_err(|error| Failure::usage(format!("inputs: {error}")))
    }

    fn refuse_secrets_on_the_command_line(&self, fields: &[InputField]) -> Result<(), Failure> {
        let is_secret = |name: &str| fields.iter().any(|field| field.sensitive && field.name == name);
        match self.set.iter().find(|given| is_secret(&given.name)) {
            None => Ok(()),
            Some(Assignment { name, .. }) => Err(Failure::usage_with(
                format!("`{name}` is a secret, and everybody on this machine can read the command line"),
                format!("use --ask {name}, --set-file {name}=FILE or --inputs-file FILE"),
            )),
        }
    }

    fn refuse_names_given_twice(&self, fields: &[InputField]) -> Result<(), Failure> {
        let is_list =
            |name: &str| fields.iter().any(|field| field.name == name && field.r#type == "multiselect");
        let set: Vec<&str> = self.set.iter().map(|given| given.name.as_str()).collect();
        let other =
            self.set_file.iter().map(|given| given.name.as_str()).chain(self.ask.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        for name in &set {
            if !seen.insert(*name) && !is_list(name) {
                return Err(Failure::usage(format!("`{name}` is given twice")));
            }
        }
        for name in other {
            if !seen.insert(name) {
                return Err(Failure::usage(format!("`{name}` is given twice")));
            }
        }
        Ok(())
    }

    fn of_file(&self) -> Result<Map<String, Value>, Failure> {
        let Some(path) = &self.inputs_file else {
            return Ok(Map::new());
        };
        let text = session::read_text(path)?;
        let bad = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        match yaml::read::<Value>(text.expose_secret()).map_err(bad)? {
            Value::Object(inputs) => Ok(inputs),
            Value::Null => Ok(Map::new()),
            _ => Err(bad("it must hold names and values, such as `http_port: 8080`".to_owned())),
        }
    }

    fn of_assignments(&self, fields: &[InputField]) -> Result<Map<String, Value>, Failure> {
        let mut inputs = Map::new();
        for Assignment { name, value } in &self.set {
            let field = fields.iter().find(|field| field.name == *name);
            if field.is_some_and(|field| field.r#type == "multiselect") {
                let list = inputs.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
                    list.extend(parts.map(Value::from));
                }
            } else {
                inputs.insert(name.clone(), Value::from(value.as_str()));
            }
        }
        for Assignment { name, value } in &self.set_file {
            let text = session::read_text(&PathBuf::from(value))?;
            let text = text.expose_secret();
            let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
            inputs.insert(name.clone(), Value::from(text));
        }
        Ok(inputs)
    }
}

fn ask(fields: &[InputField], name: &str) -> Result<Value, Failure> {
    let label =
        fields.iter().find(|field| field.name == name).map(|field| field.label.as_str()).unwrap_or_default();
    let question = if label.is_empty() { format!("{name}:") } else { format!("{label} ({name}):") };
    let secret: SecretString = prompt::new_secret(&crate::output::escape(&question))?;
    Ok(Value::from(secret.expose_secret()))
}

/// Whether a field's condition holds, as far as equality and lists go; the control plane knows the rest.
fn applies(field: &InputField, inputs: &Map<String, Value>, fields: &[InputField]) -> bool {
    let Some(condition) = &field.visible_if else {
        return true;
    };
    condition.fields.iter().all(|(name, wanted)| {
        let Ok(wanted) = serde_json::to_value(wanted) else {
            return false;
        };
        let default = || {
            let other = fields.iter().find(|other| other.name == *name)?;
            serde_json::to_value(other.default_value.as_ref()?).ok()
        };
        let Some(actual) = inputs.get(name).cloned().or_else(default) else {
            return false;
        };
        match wanted {
            Value::Array(wanted) => wanted.iter().any(|wanted| is_same(wanted, &actual)),
            wanted => is_same(&wanted, &actual),
        }
    })
}

/// Values from `--set` are texts, those of conditions are typed.
fn is_same(left: &Value, right: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        other => other.to_string(),
    };
    text(left) == text(right)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(name: &str, r#type: &str) -> InputField {
        InputField { name: name.to_owned(), r#type: r#type.to_owned(), ..Default::default() }
    }

    fn fields() -> Vec<InputField> {
        vec![
            field("server_name", "domain"),
            field("http_port", "port"),
            field("modules", "multiselect"),
            InputField { sensitive: true, required: true, ..field("password", "password") },
        ]
    }

    fn assignments(texts: &[&str]) -> Vec<Assignment> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn collect(args: &InputArgs) -> Result<Value, Failure> {
        args.collect(&fields(), Missing::Leave).map(|inputs| serde_json::to_value(inputs).unwrap())
    }

    #[test]
    fn an_assignment_is_split_at_its_first_equals_sign() {
        let given: Assignment = "query=a=b".parse().unwrap();
        assert_eq!((given.name.as_str(), given.value.as_str()), ("query", "a=b"));
        assert_eq!("empty=".parse::<Assignment>().unwrap().value, "");
        assert!("novalue".parse::<Assignment>().is_err());
        assert!("=value".parse::<Assignment>().is_err());
    }

    #[test]
    fn values_stay_texts_and_lists_are_joined() {
        let set = assignments(&["server_name=example.com", "http_port=8080", "modules=a,b", "modules=c"]);
        let inputs = collect(&InputArgs { set, ..Default::default() }).unwrap();
        assert_eq!(
            inputs,
            json!({"server_name": "example.com", "http_port": "8080", "modules": ["a", "b", "c"]})
        );
    }

    #[test]
    fn a_secret_on_the_command_line_is_refused_without_repeating_it() {
        let args = InputArgs { set: assignments(&["password=hunter2"]), ..Default::default() };
        let failure = collect(&args).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(!failure.to_string().contains("hunter2"));
    }

    #[test]
    fn a_name_that_is_given_twice_is_refused() {
        let twice = InputArgs { set: assignments(&["http_port=1", "http_port=2"]), ..Default::default() };
        assert!(collect(&twice).is_err());
        let mixed = InputArgs {
            set: assignments(&["http_port=1"]),
            ask: vec!["http_port".to_owned()],
            ..Default::default()
        };
        assert!(collect(&mixed).is_err());
    }

    #[test]
    fn files_give_typed_values_and_single_ones_win_over_them() {
        let folder = tempfile::tempdir().unwrap();
        let inputs_file = folder.path().join("inputs.yml");
        std::fs::write(&inputs_file, "http_port: 8080\nserver_name: old.example\n").unwrap();
        let secret = folder.path().join("password");
        std::fs::write(&secret, "hunter2\n").unwrap();
        let args = InputArgs {
            set: assignments(&["server_name=new.example"]),
            set_file: assignments(&[&format!("password={}", secret.display())]),
            inputs_file: Some(inputs_file),
            ..Default::default()
        };
        let inputs = collect(&args).unwrap();
        assert_eq!(inputs["server_name"], "new.example");
        assert_eq!(inputs["http_port"].as_f64(), Some(8080.0));
        assert_eq!(inputs["password"], "hunter2");
    }

    #[test]
    fn a_hidden_secret_is_not_asked_for() {
        let condition = serde_json::from_value(json!({"ssl": true})).unwrap();
        let hidden = InputField { visible_if: Some(condition), ..field("key", "password") };
        let all = vec![field("ssl", "boolean"), hidden.clone()];
        assert!(!applies(&hidden, &Map::new(), &all));
        let on = json!({"ssl": "true"}).as_object().cloned().unwrap();
        assert!(applies(&hidden, &on, &all));
    }
}
