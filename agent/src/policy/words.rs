//! A policy in words.

use std::fmt::Display;

use super::rules::{DEFAULT_DAILY_LIMIT, Resources, Rules, ValueRule};

/// What the rules mean, a sentence each.
pub(super) fn describe(rules: &Rules) -> Vec<String> {
    let Rules {
        pause,
        apps,
        publishers,
        actions,
        downgrades,
        daily_limit,
        daily_jobs,
        users,
        write_paths,
        network,
        hours,
        resources,
        inputs,
    } = rules;
    let mut say = Vec::new();
    if *pause {
        say.push("Every job is refused, for now (`pause`).".to_owned());
    }
    say.push(match publishers {
        Some(publishers) => format!("Only apps of {} may run.", list(publishers)),
        None => "Apps of every publisher in publishers.d may run.".to_owned(),
    });
    if let Some(apps) = apps {
        say.push(format!("Only these apps may run: {}.", list(apps)));
    }
    say.push(match actions {
        Some(actions) => format!("Only these actions may be done: {}.", list(actions)),
        None => "Every action may be done.".to_owned(),
    });
    if let Some(hours) = hours {
        say.push(format!("Jobs may begin {hours} only; one that runs is not stopped."));
    }
    let limit = daily_limit.unwrap_or(DEFAULT_DAILY_LIMIT);
    say.push(if *downgrades {
        format!("At most {limit} uninstalls, restores and downgrades together are done in a day (UTC).")
    } else {
        format!("No downgrade is done, and at most {limit} uninstalls and restores together in a day (UTC).")
    });
    if let Some(limit) = daily_jobs {
        say.push(format!("At most {limit} jobs of any kind are done in a day (UTC)."));
    }
    if let Some(users) = users {
        say.push(format!("Scripts run as {} only.", list(users.iter().map(|user| user.in_words()))));
    }
    if let Some(paths) = write_paths {
        let paths = list(paths.iter().map(|path| path.display()));
        say.push(format!(
            "Only confined scripts run, and outside their own folders they write to {paths} only."
        ));
    }
    if !network {
        say.push("Only confined scripts run, and none that wants the network.".to_owned());
    }
    bounds(resources, &mut say);
    for (app, rules) in inputs {
        for (input, rule) in rules {
            say.push(format!("The input `{input}` of {app} must be {}.", value(rule)));
        }
    }
    say
}

fn bounds(resources: &Resources, say: &mut Vec<String>) {
    let Resources { memory_mb, max_processes, cpu_percent } = resources;
    let bounds = [
        memory_mb.map(|bound| format!("{bound} MiB of memory")),
        max_processes.map(|bound| format!("{bound} processes")),
        cpu_percent.map(|bound| format!("{bound} % of one processor")),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    if !bounds.is_empty() {
        say.push(format!("A script gets at most {}.", bounds.join(", ")));
    }
}

fn value(rule: &ValueRule) -> String {
    let ValueRule { values, pattern, min, max } = rule;
    let parts = [
        values.as_ref().map(|values| format!("one of {}", list(values))),
        pattern.as_ref().map(|pattern| format!("a match of {}", pattern.as_str())),
        min.map(|min| format!("at least {min}")),
        max.map(|max| format!("at most {max}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "none at all".to_owned() } else { items.join(", ") }
}
