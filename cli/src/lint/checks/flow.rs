//! Where values of inputs go: from variable to variable, and into functions by their arguments. By name, for all scripts of
//! an app together; what goes through files, `read` or `REPLY` is not followed.

use std::collections::{BTreeMap, BTreeSet};

use purvey_contract::manifest::Input;

use crate::lint::app::App;
use crate::lint::shell::{Command, Part, Variable, Word};

/// Which variables hold values of which inputs.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// The inputs' variables in a variable; of a positional one with its function before it: `render 1`.
    held: BTreeMap<String, BTreeSet<String>>,
}

/// Rounds until nothing new is found; more than chains are long.
const ROUNDS: usize = 8;

/// Arguments of a function that are followed.
const MOST_ARGUMENTS: usize = 20;

impl Flow {
    pub(crate) fn of(app: &App) -> Self {
        let mut flow = Self::default();
        for input in app.inputs() {
            flow.held.entry(input.env_name()).or_default().insert(input.env_name());
        }
        for _ in 0..ROUNDS {
            let before = flow.size();
            for command in app.scripts.iter().flat_map(|file| &file.script.commands) {
                flow.through(app, command);
            }
            if flow.size() == before {
                break;
            }
        }
        flow
    }

    fn size(&self) -> usize {
        self.held.values().map(BTreeSet::len).sum()
    }

    fn through(&mut self, app: &App, command: &Command) {
        for assignment in &command.assignments {
            let values = self.in_word(command, &assignment.value);
            self.held.entry(assignment.name.clone()).or_default().extend(values);
        }
        let Some(name) = command.name() else { return };
        let arguments = command.arguments();
        if name == "printf"
            && let [flag, target, values @ ..] = arguments
            && flag.literal().as_deref() == Some("-v")
            && let Some(target) = target.literal()
        {
            let values: Vec<String> = values.iter().flat_map(|word| self.in_word(command, word)).collect();
            self.held.entry(target).or_default().extend(values);
        }
        if app.functions().any(|function| function == name) {
            for (index, word) in arguments.iter().enumerate() {
                let values = self.in_word(command, word);
                if !values.is_empty() {
                    self.held.entry(format!("{name} {}", index + 1)).or_default().extend(values);
                }
            }
        }
    }

    fn in_word(&self, command: &Command, word: &Word) -> Vec<String> {
        let mut found = Vec::new();
        let shown = word.variables().into_iter().filter(|variable| variable.shows_value());
        for variable in shown {
            found.extend(self.behind(command, variable).into_iter().cloned());
        }
        found
    }

    /// The inputs whose values a variable may hold in this command.
    fn behind<'f>(&'f self, command: &Command, variable: &Variable) -> Vec<&'f String> {
        let name = &variable.name;
        let of = |key: &str| self.held.get(key).into_iter().flatten();
        let Some(function) = &command.function else { return of(name).collect() };
        match name.as_str() {
            "@" | "*" => {
                // `${@:3}` are the third and those behind it.
                let first = match (variable.operator.as_str(), variable.inner.first()) {
                    (":", Some(Part::Text(text))) => {
                        text.split(':').next().and_then(|it| it.trim().parse().ok())
                    }
                    _ => None,
                };
                (first.unwrap_or(1)..=MOST_ARGUMENTS)
                    .flat_map(|number| of(&format!("{function} {number}")))
                    .collect()
            }
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                of(&format!("{function} {number}")).collect()
            }
            name => of(name).collect(),
        }
    }

    /// An input whose value a variable may hold in this command.
    pub(crate) fn input_behind<'a>(
        &self,
        app: &'a App,
        command: &Command,
        variable: &Variable,
    ) -> Option<&'a Input> {
        self.behind(command, variable).into_iter().find_map(|name| app.input_of(name))
    }

    /// A variable of a word that shows a secret.
    pub(crate) fn secret_in<'w>(&self, app: &App, command: &Command, word: &'w Word) -> Option<&'w Variable> {
        word.variables().into_iter().find(|variable| {
            let mut behind = self.behind(command, variable).into_iter().filter_map(|name| app.input_of(name));
            variable.shows_value() && behind.any(Input::is_sensitive)
        })
    }
}

/// The variables of a word that stand in it themselves, not in the words of another expansion.
pub(crate) fn direct(word: &Word) -> impl Iterator<Item = &Variable> {
    word.parts.iter().filter_map(|part| match part {
        Part::Variable(variable) => Some(variable),
        _ => None,
    })
}
