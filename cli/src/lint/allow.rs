//! `# purvey-lint: allow PV023 because the file is ours`: findings that somebody has thought about.
//!
//! On a line of its own it holds for the next line that is no comment, at the end of a line for that line, and before the
//! first line that is neither comment nor empty for the whole file.

use std::sync::Arc;

use super::finding::{Finding, Source};
use super::rules::{self, Rule};

const MARK: &str = "purvey-lint:";
const FORM: &str = "it is written `# purvey-lint: allow PV023 because REASON`";

struct Allowance {
    rules: Vec<&'static Rule>,
    /// The line that it holds for; none for the whole file.
    holds_for: Option<u32>,
    at: (usize, usize),
    is_used: bool,
}

/// Takes away what is allowed, and adds what is wrong with how it is.
pub(crate) fn apply(findings: Vec<Finding>, sources: &[Arc<Source>]) -> Vec<Finding> {
    let mut kept = findings;
    for source in sources {
        let (mut allowances, mut wrong) = read(source);
        kept.retain(|finding| {
            let here = finding.source.path == source.path;
            let allows = |it: &&mut Allowance| {
                let in_place = it.holds_for.is_none() || it.holds_for == finding.line;
                in_place && it.rules.iter().any(|rule| rule.code == finding.rule.code)
            };
            match allowances.iter_mut().find(allows).filter(|_| here) {
                Some(allowance) => {
                    allowance.is_used = true;
                    false
                }
                None => true,
            }
        });
        wrong.extend(allowances.iter().filter(|it| !it.is_used).map(|it| {
            let codes: Vec<&str> = it.rules.iter().map(|rule| rule.code).collect();
            let message = format!("there is no {} here to be allowed", codes.join(" or "));
            Finding::at(rules::ALLOWED_IN_VAIN, source, it.at, message)
        }));
        kept.extend(wrong);
    }
    kept
}

fn read(source: &Arc<Source>) -> (Vec<Allowance>, Vec<Finding>) {
    let (mut allowances, mut wrong) = (Vec::new(), Vec::new());
    let mut offset = 0;
    let mut is_before_all = true;
    let lines: Vec<&str> = source.text.split_inclusive('\n').collect();
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    for (index, line) in lines.iter().enumerate() {
        let begin = offset;
        offset += line.len();
        if !is_comment(line) && !line.trim().is_empty() {
            is_before_all = false;
        }
        let Some(at) = comment_with_mark(line) else { continue };
        let text = line[at..].trim_end();
        let place = (begin + at, begin + at + text.len());
        let next = lines[index + 1..].iter().position(|line| !is_comment(line) && !line.trim().is_empty());
        let holds_for = match (is_before_all, is_comment(line)) {
            (true, _) => None,
            (false, true) => Some(index + 1 + next.map_or(0, |next| next + 1)),
            (false, false) => Some(index + 1),
        };
        match rules_of(text) {
            Ok(rules) => allowances.push(Allowance {
                rules,
                holds_for: holds_for.and_then(|line| line.try_into().ok()),
                at: place,
                is_used: false,
            }),
            Err(message) => wrong.push(Finding::at(rules::ALLOWED_WITHOUT_REASON, source, place, message)),
        }
    }
    (allowances, wrong)
}

/// Where a comment with the mark begins in a line.
fn comment_with_mark(line: &str) -> Option<usize> {
    let mark = line.find(MARK)?;
    let sign = line[..mark].rfind('#')?;
    let only_blanks_between = line[sign + 1..mark].trim().is_empty();
    let begins_a_word = line[..sign].chars().next_back().is_none_or(char::is_whitespace);
    (only_blanks_between && begins_a_word).then_some(sign)
}

fn rules_of(comment: &str) -> Result<Vec<&'static Rule>, String> {
    let (_, text) = comment.split_once(MARK).unwrap_or_default();
    let rest = text.trim().strip_prefix("allow ").ok_or_else(|| FORM.to_owned())?;
    let (codes, reason) =
        rest.split_once(" because ").ok_or_else(|| format!("it gives no reason; {FORM}"))?;
    if reason.trim().chars().count() < 5 {
        return Err(format!("the reason says nothing; {FORM}"));
    }
    let codes = codes.split([',', ' ']).filter(|code| !code.is_empty());
    let rules = codes.map(|code| {
        let rule = rules::of(code)
            .ok_or_else(|| format!("there is no rule `{code}`; see `purvey lint --explain`"))?;
        if !rule.can_be_allowed {
            return Err(format!("{} cannot be allowed", rule.code));
        }
        Ok(rule)
    });
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    if rules.is_empty() { Err(format!("it names no rule; {FORM}")) } else { Ok(rules) }
}
