//! Counts tests by the closing lines of the programs that run them.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// What a line says: `test result: ok. 3 passed; 0 failed; 1 ignored; ...` of a Rust test program, or
    /// `3 passed, 0 failed` alone on a line. `None` for any other line.
    #[cfg(any(test, feature = "lab"))]
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let counts = match line.trim().strip_prefix("test result: ") {
            Some(result) => result,
            None if line.starts_with(|it: char| it.is_ascii_digit()) && line.contains(" passed, ") => line,
            None => return None,
        };
        let mut tally = Self::default();
        let words: Vec<&str> = counts.split([' ', ';', ',', '.']).filter(|it| !it.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1].trim() {
                "passed" => tally.passed += count,
                "failed" => tally.failed += count,
                "ignored" | "skipped" => tally.skipped += count,
                _ => {}
            }
        }
        Some(tally)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_rust_and_shell_tests_are_counted() {
        let rust = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.52s";
        assert_eq!(Tally::of_line(rust), Some(Tally { passed: 12, failed: 2, skipped: 1 }));
        let coloured = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 7 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(Tally::of_line(coloured), Some(Tally { passed: 7, ..Tally::default() }));
        assert_eq!(Tally::of_line("31 passed, 1 failed"), Some(Tally { passed: 31, failed: 1, skipped: 0 }));
    }

    #[test]
    fn other_lines_are_not_counted() {
        for line in ["test a_lease_has_passed ... ok", "running 3 tests", "", "ok    3 passed, it says"] {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }

    #[test]
    fn the_sum_names_skipped_tests_only_where_there_are_some() {
        let mut sum = Tally { passed: 1, failed: 0, skipped: 0 };
        assert_eq!(sum.to_string(), "1 passed, 0 failed");
        sum += Tally { passed: 2, failed: 3, skipped: 4 };
        assert_eq!(sum.to_string(), "3 passed, 3 failed, 4 skipped");
    }
}
