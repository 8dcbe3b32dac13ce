//! Tables for people.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ContentArrangement, Table};

use super::escape;

/// What a state means for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Busy,
    Plain,
}

/// A cell in the colour of its tone.
pub(crate) fn toned(text: &str, tone: Tone) -> Cell {
    let cell = Cell::new(escape(text));
    match tone {
        Tone::Good => cell.fg(Color::Green),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Busy => cell.fg(Color::Yellow),
        Tone::Plain => cell,
    }
}

/// A table without lines, so that it can be cut with the usual tools.
pub(crate) fn table(header: &[&str], rows: impl Iterator<Item = Vec<Cell>>, color: bool) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().copied());
    match color {
        true => table.enforce_styling(),
        false => table.force_no_tty(),
    };
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt() + "\n"
}
